-- The metering rung: per subscription, meter and period the quantity that was used, and what became of it on its way
-- to the meter. Sums are the plain total of the usage side corrected by the findings, one step after the other; other
-- aggregations come from `set_quantities`. A period with reports and no usage is a row too.
with actual as (
    select claimed_totals.*
    from claimed_totals
    where claimed_totals.side = 'usage'
),

reported as (
    select claimed_totals.*
    from claimed_totals
    where claimed_totals.side = 'reported'
),

corrections as (
    select
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start,
        coalesce(sum(findings.units) filter (where findings.code = 'U1'), 0) as unreported_units,
        coalesce(sum(findings.units) filter (where findings.code = 'U2'), 0) as differing_units,
        coalesce(sum(findings.units) filter (where findings.code = 'U8'), 0) as repeated_units,
        coalesce(sum(findings.units) filter (where findings.code = 'U9'), 0) as unused_units,
        count(*) filter (where findings.outcome = 'pending') as pending_events
    from findings
    group by
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start
),

sets as (
    select
        set_quantities.organization_id,
        set_quantities.subscription_id,
        set_quantities.meter_id,
        set_quantities.period_start,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'actual'), 0) as actual,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'less_unreported'), 0)
            as less_unreported,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'requantified'), 0)
            as requantified,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'with_reported_twice'), 0)
            as with_reported_twice,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'reported'), 0) as reported
    from set_quantities
    group by
        set_quantities.organization_id,
        set_quantities.subscription_id,
        set_quantities.meter_id,
        set_quantities.period_start
),

-- Both sides outer, a missing side is zero; then a null below means: no finding, or not a meter of sets.
periods as (
    select
        organization_id,
        subscription_id,
        meter_id,
        period_start,
        coalesce(actual.account_id, reported.account_id) as account_id,
        coalesce(actual.period_end, reported.period_end) as period_end,
        coalesce(actual.events, 0) as events_actual,
        coalesce(reported.events, 0) as events_reported,
        coalesce(actual.units, 0) as units_actual,
        coalesce(actual.first_event_at, reported.first_event_at) as first_event_at,
        coalesce(actual.last_event_at, reported.last_event_at) as last_event_at
    from actual
    full join reported using (organization_id, subscription_id, meter_id, period_start)
),

corrected as (
    select
        periods.organization_id,
        periods.account_id,
        periods.subscription_id,
        periods.meter_id,
        periods.period_start,
        periods.period_end,
        periods.events_actual,
        periods.events_reported - coalesce(corrections.pending_events, 0) as events_reported,
        periods.units_actual,
        periods.units_actual - coalesce(corrections.unreported_units, 0) as less_unreported,
        coalesce(corrections.differing_units, 0) as differing_units,
        coalesce(corrections.repeated_units, 0) as repeated_units,
        coalesce(corrections.unused_units, 0) as unused_units,
        periods.first_event_at,
        periods.last_event_at
    from periods
    left join corrections
        on
            periods.organization_id = corrections.organization_id
            and periods.subscription_id = corrections.subscription_id
            and periods.meter_id = corrections.meter_id
            and periods.period_start = corrections.period_start
),

chained as (
    select
        corrected.organization_id,
        corrected.account_id,
        corrected.subscription_id,
        corrected.meter_id,
        corrected.period_start,
        corrected.period_end,
        corrected.events_actual,
        corrected.events_reported,
        coalesce(sets.actual, corrected.units_actual) as actual,
        coalesce(sets.less_unreported, corrected.less_unreported) as less_unreported,
        coalesce(sets.requantified, corrected.less_unreported - corrected.differing_units) as requantified,
        coalesce(
            sets.with_reported_twice,
            corrected.less_unreported - corrected.differing_units - corrected.repeated_units
        ) as with_reported_twice,
        coalesce(
            sets.reported,
            corrected.less_unreported
            - corrected.differing_units
            - corrected.repeated_units
            - corrected.unused_units
        ) as reported,
        corrected.first_event_at,
        corrected.last_event_at
    from corrected
    left join sets
        on
            corrected.organization_id = sets.organization_id
            and corrected.subscription_id = sets.subscription_id
            and corrected.meter_id = sets.meter_id
            and corrected.period_start = sets.period_start
),

-- Rounding costs two microseconds, so a step that changes nothing takes over the value before it.
rounded as (
    select
        chained.*,
        chained.actual::decimal(38, 12) as units_actual,
        if(chained.less_unreported <> chained.actual, chained.less_unreported::decimal(38, 12), null)
            as changed_unreported,
        if(chained.requantified <> chained.less_unreported, chained.requantified::decimal(38, 12), null)
            as changed_quantity,
        if(chained.with_reported_twice <> chained.requantified, chained.with_reported_twice::decimal(38, 12), null)
            as changed_twice,
        if(chained.reported <> chained.with_reported_twice, chained.reported::decimal(38, 12), null)
            as changed_reported
    from chained
    where chained.events_actual > 0 or chained.events_reported > 0
),

final as (
    select
        rounded.*,
        coalesce(rounded.changed_unreported, rounded.units_actual) as units_less_unreported,
        coalesce(rounded.changed_quantity, rounded.changed_unreported, rounded.units_actual) as units_requantified,
        coalesce(
            rounded.changed_twice, rounded.changed_quantity, rounded.changed_unreported, rounded.units_actual
        ) as units_with_reported_twice,
        coalesce(
            rounded.changed_reported,
            rounded.changed_twice,
            rounded.changed_quantity,
            rounded.changed_unreported,
            rounded.units_actual
        ) as units_reported
    from rounded
)

select
    run.source_name,
    final.organization_id,
    final.account_id,
    final.subscription_id,
    final.meter_id,
    final.period_start,
    final.period_end,
    run.billing_month,
    final.events_actual,
    final.events_reported,
    final.units_actual,
    final.units_actual as units_less_rejected,
    final.units_less_unreported,
    final.units_requantified,
    final.units_requantified as units_less_overwritten,
    final.units_with_reported_twice,
    final.units_reported,
    final.first_event_at,
    final.last_event_at
from final
cross join run
order by final.organization_id, final.subscription_id, final.meter_id, final.period_start
