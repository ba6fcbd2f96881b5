-- The findings of the month added up by claim and outcome.
with totals as (
    select
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start,
        findings.code,
        findings.outcome,
        count(*) as events,
        sum(findings.units) as units,
        sum(findings.units_reported) filter (where findings.outcome = 'delivered') as delivered_units,
        min(findings.occurred_at) as first_event_at,
        max(findings.occurred_at) as last_event_at
    from findings
    group by
        findings.organization_id,
        findings.subscription_id,
        findings.meter_id,
        findings.period_start,
        findings.code,
        findings.outcome
)

select
    claims.claim_id,
    totals.code,
    totals.outcome,
    totals.events,
    totals.units,
    totals.delivered_units,
    totals.first_event_at,
    totals.last_event_at
from totals
inner join claims
    on
        totals.organization_id = claims.organization_id
        and totals.subscription_id = claims.subscription_id
        and totals.meter_id = claims.meter_id
        and totals.period_start = claims.period_start
