-- A row is a meter's billing period whose actual events, corrected by its findings, are not its reported events.
with
causes as (
    select
        organization_id,
        subscription_id,
        meter_id,
        period_start,
        coalesce(sum(events) filter (where code in ('U3', 'U1')), 0) as lost,
        coalesce(sum(events) filter (where code in ('U8', 'U9')), 0) as reported_too_much
    from lake.period_findings
    where %(months)s::date[] is null or billing_month = any(%(months)s)
    group by
        organization_id, subscription_id, meter_id, period_start
)

select
    usage.account_id,
    usage.meter_id,
    usage.period_start,
    usage.events_actual - coalesce(causes.lost, 0) + coalesce(causes.reported_too_much, 0) as expected,
    usage.events_reported
from lake.period_usage as usage
left join causes
    using (organization_id, subscription_id, meter_id, period_start)
where
    usage.events_reported is not null
    and (%(months)s::date[] is null or usage.billing_month = any(%(months)s))
    and usage.events_actual - coalesce(causes.lost, 0) + coalesce(causes.reported_too_much, 0)
    <> usage.events_reported
order by
    usage.organization_id, usage.subscription_id, usage.meter_id, usage.period_start
