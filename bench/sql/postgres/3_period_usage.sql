-- Quantities per subscription, meter and period, on both sides and between them.
create unlogged table bench.period_usage as
with actual as (
    select
        periods.subscription_id,
        periods.period_start,
        mappings.meter_id,
        count(*) as events,
        sum(round(usage_events.units * mappings.multiplier, 12)) as units,
        min(usage_events.occurred_at) as first_event_at,
        max(usage_events.occurred_at) as last_event_at
    from bench.usage_events
    inner join bench.mappings on usage_events.event_name = mappings.event_name
    inner join bench.periods
        on
            usage_events.account_id = periods.account_id
            and usage_events.occurred_at >= periods.period_start
            and usage_events.occurred_at < periods.period_end
    group by periods.subscription_id, periods.period_start, mappings.meter_id
),

reported as (
    select
        periods.subscription_id,
        periods.period_start,
        mappings.meter_id,
        count(*) as events,
        sum(round(reported_events.units * mappings.multiplier, 12)) as units
    from bench.reported_events
    inner join bench.mappings on reported_events.event_name = mappings.event_name
    inner join bench.periods
        on
            reported_events.account_id = periods.account_id
            and reported_events.occurred_at >= periods.period_start
            and reported_events.occurred_at < periods.period_end
    group by periods.subscription_id, periods.period_start, mappings.meter_id
),

corrections as (
    select
        subscription_id,
        period_start,
        meter_id,
        coalesce(sum(meter_units) filter (where code = 'U1'), 0) as unreported_units,
        coalesce(sum(meter_units) filter (where code = 'U2'), 0) as differing_units,
        coalesce(sum(meter_units) filter (where code = 'U8'), 0) as repeated_units,
        coalesce(sum(meter_units) filter (where code = 'U9'), 0) as unused_units
    from bench.event_findings
    group by subscription_id, period_start, meter_id
)

select
    subscription_id,
    period_start,
    meter_id,
    coalesce(actual.events, 0) as events_actual,
    coalesce(reported.events, 0) as events_reported,
    coalesce(actual.units, 0) as units_actual,
    coalesce(actual.units, 0) - coalesce(unreported_units, 0) as units_less_unreported,
    coalesce(actual.units, 0) - coalesce(unreported_units + differing_units, 0) as units_requantified,
    coalesce(actual.units, 0) - coalesce(unreported_units + differing_units + repeated_units, 0)
        as units_with_reported_twice,
    coalesce(reported.units, 0) as units_reported,
    actual.first_event_at,
    actual.last_event_at
from actual
full join reported using (subscription_id, period_start, meter_id)
left join corrections using (subscription_id, period_start, meter_id);
