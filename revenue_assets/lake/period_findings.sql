-- The findings of a period by code: how many events, and by how much they changed the quantity. The change is read
-- from period_usage, step by step, because for a maximum or a unique count it is not the sum of the events' units.
-- Tolerance: none. A code with events and no change of quantity is a row with zero units.
with counted as (
    select
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start,
        findings.code,
        count(*) as events,
        min(findings.occurred_at) as first_event_at,
        max(findings.occurred_at) as last_event_at
    from findings
    where findings.code is not null
    group by
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start,
        findings.code
)

select
    run.source_name,
    period_usage.organization_id,
    period_usage.account_id,
    period_usage.subscription_id,
    period_usage.meter_id,
    period_usage.period_start,
    period_usage.period_end,
    period_usage.billing_month,
    counted.code,
    counted.events,
    case counted.code
        when 'U1' then period_usage.units_less_rejected - period_usage.units_less_unreported
        when 'U2' then period_usage.units_less_unreported - period_usage.units_requantified
        when 'U8' then period_usage.units_less_overwritten - period_usage.units_with_reported_twice
        when 'U9' then period_usage.units_with_reported_twice - period_usage.units_reported
    end as units,
    counted.first_event_at,
    counted.last_event_at
from counted
inner join period_usage
    on
        counted.organization_id = period_usage.organization_id
        and counted.subscription_id = period_usage.subscription_id
        and counted.meter_id = period_usage.meter_id
        and counted.period_start = period_usage.period_start
cross join run
order by
    period_usage.organization_id,
    period_usage.subscription_id,
    period_usage.meter_id,
    period_usage.period_start,
    counted.code
