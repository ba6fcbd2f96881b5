-- Periods whose metering rung does not add up: a row means that the quantity or the number of reported events, reached
-- from the usage side through the findings, is not what a plain sum of the reported events gives. Tolerance: none.
-- Quantities of sets are compared by number of events only: their last set is the plain aggregate itself.
with plain as (
    select claimed_totals.*
    from claimed_totals
    where claimed_totals.side = 'reported'
),

explained as (
    select
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start,
        count(*) filter (where findings.code = 'U1') as unreported_events,
        count(*) filter (where findings.code in ('U8', 'U9')) as surplus_events,
        count(*) filter (where findings.outcome = 'pending') as pending_events,
        coalesce(sum(findings.units_reported) filter (where findings.outcome = 'pending'), 0) as pending_units
    from findings
    group by
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start
),

compared as (
    select
        period_usage.organization_id,
        period_usage.subscription_id,
        period_usage.meter_id,
        period_usage.period_start,
        period_usage.units_reported,
        (coalesce(plain.units, 0) - coalesce(explained.pending_units, 0))::decimal(38, 12) as plain_units,
        period_usage.events_actual
        - coalesce(explained.unreported_events, 0)
        + coalesce(explained.surplus_events, 0) as events_explained,
        coalesce(plain.events, 0) - coalesce(explained.pending_events, 0) as plain_events
    from period_usage
    left join plain
        on
            period_usage.organization_id = plain.organization_id
            and period_usage.subscription_id = plain.subscription_id
            and period_usage.meter_id = plain.meter_id
            and period_usage.period_start = plain.period_start
    left join explained
        on
            period_usage.organization_id = explained.organization_id
            and period_usage.subscription_id = explained.subscription_id
            and period_usage.meter_id = explained.meter_id
            and period_usage.period_start = explained.period_start
),

meters_of_sets as (
    select distinct
        mappings_in_force.organization_id,
        mappings_in_force.meter_id
    from mappings_in_force
    where mappings_in_force.aggregation in ('max', 'last', 'unique_count')
)

select
    compared.organization_id,
    compared.subscription_id,
    compared.meter_id,
    compared.period_start,
    compared.units_reported,
    compared.plain_units,
    compared.events_explained,
    compared.plain_events
from compared
left join meters_of_sets
    on
        compared.organization_id = meters_of_sets.organization_id
        and compared.meter_id = meters_of_sets.meter_id
where
    compared.events_explained <> compared.plain_events
    or (meters_of_sets.meter_id is null and compared.units_reported <> compared.plain_units)
order by compared.organization_id, compared.subscription_id, compared.meter_id, compared.period_start
