-- A row is an account, meter and billing month of which the events in the raw files are not those that its periods count,
-- or of which reported and unreported events do not make the used ones. Counted a second way: each raw event is put into
-- the period in whose window it lies (`comparable_periods.sql`), without matching it to anything.
-- Tolerance: a billionth of a unit, because each period is rounded to twelve decimals. Null: a side that is not delivered
-- is not compared, nor are units of meters that do not add up. Zero: a period without events agrees.
with months_of_windows as (
    select
        windows.*,
        strftime(
            unnest(generate_series(date_trunc('month', windows.period_start), windows.period_end, interval 1 month)),
            '%Y-%m'
        ) as month
    from windows
),

counted as (
    select
        located_events.side,
        wanted.organization_id,
        wanted.account_id,
        wanted.meter_id,
        wanted.billing_month,
        count(*) as events,
        sum(located_events.units) as units
    from located_events
    inner join months_of_windows as wanted
        on
            wanted.organization_id = located_events.organization_id
            and wanted.account_id = located_events.account_id
            and wanted.meter_id = located_events.meter_id
            and wanted.month = located_events.month
            and located_events.occurred_at >= wanted.period_start
            and located_events.occurred_at < wanted.period_end
    group by all
),

of_files as (
    select
        counted.organization_id,
        counted.account_id,
        counted.meter_id,
        counted.billing_month,
        coalesce(sum(counted.events) filter (where counted.side = 'usage'), 0) as events_used,
        coalesce(sum(counted.events) filter (where counted.side = 'reported'), 0) as events_reported,
        coalesce(sum(counted.units) filter (where counted.side = 'usage'), 0) as units_used,
        coalesce(sum(counted.units) filter (where counted.side = 'reported'), 0) as units_reported
    from counted
    group by all
),

-- What never arrived, less what arrived without having been used. A rejection as duplicate proves that the event had
-- arrived, and a report of what is not over yet is not counted yet.
explained as (
    select
        evidence.organization_id,
        evidence.account_id,
        evidence.meter_id,
        date_trunc('month', evidence.period_end - interval 1 microsecond)::date as billing_month,
        sum(if(evidence.code in ('U1', 'U3'), 1, if(evidence.code in ('U8', 'U9'), -1, 0))) as events_unreported,
        sum(if(evidence.code is null, 0, evidence.units)) as units_unreported,
        sum(if(evidence.outcome = 'delivered', 1, if(evidence.outcome = 'pending', -1, 0))) as events_known,
        sum(
            case evidence.outcome
                when 'delivered' then evidence.units_reported
                when 'pending' then evidence.units
                else 0
            end
        ) as units_known
    from evidence
    group by all
),

of_periods as (
    select
        periods.organization_id,
        periods.account_id,
        periods.meter_id,
        periods.billing_month,
        sum(periods.events_actual) as events_used,
        sum(periods.events_reported) as events_reported,
        sum(periods.units_actual) as units_used,
        sum(periods.units_reported) as units_reported
    from periods
    semi join windows
        on
            windows.organization_id = periods.organization_id
            and windows.subscription_id = periods.subscription_id
            and windows.meter_id = periods.meter_id
            and windows.period_start = periods.period_start
    group by all
),

final as (
    select
        of_periods.organization_id,
        of_periods.account_id,
        of_periods.meter_id,
        of_periods.billing_month,
        coalesce(of_files.events_used, 0)::bigint as used_in_files,
        of_periods.events_used::bigint as used,
        (coalesce(of_files.events_reported, 0) + coalesce(explained.events_known, 0))::bigint as reported_in_files,
        of_periods.events_reported::bigint as reported,
        coalesce(explained.events_unreported, 0)::bigint as unreported,
        coalesce(of_files.units_used, 0) as units_used_in_files,
        of_periods.units_used,
        coalesce(of_files.units_reported, 0) + coalesce(explained.units_known, 0) as units_reported_in_files,
        of_periods.units_reported,
        coalesce(explained.units_unreported, 0) as units_unreported,
        coalesce(meters.aggregation, 'sum') in ('sum', 'count') as has_units
    from of_periods
    left join of_files
        using (organization_id, account_id, meter_id, billing_month)
    left join explained
        using (organization_id, account_id, meter_id, billing_month)
    left join meters
        on
            meters.organization_id = of_periods.organization_id
            and meters.meter_id = of_periods.meter_id
)

select final.* exclude (has_units)
from final
where
    (getvariable('has_usage_events') and final.used_in_files <> final.used)
    or (getvariable('has_reported_events') and final.reported_in_files <> final.reported)
    or (
        getvariable('has_usage_events')
        and getvariable('has_reported_events')
        and final.used_in_files - final.unreported <> final.reported_in_files
    )
    or (
        final.has_units
        and (
            (getvariable('has_usage_events') and abs(final.units_used_in_files - final.units_used) > 0.000000001)
            or (
                getvariable('has_reported_events')
                and abs(final.units_reported_in_files - final.units_reported) > 0.000000001
            )
        )
    )
order by final.organization_id, final.account_id, final.meter_id, final.billing_month
