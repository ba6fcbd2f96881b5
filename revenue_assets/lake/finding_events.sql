-- The events of one finding that is about single events. The month's file is sorted by account, so that only the few
-- row groups of the account are read.
select
    findings.event_id,
    findings.event_name,
    findings.occurred_at,
    findings.units,
    findings.outcome
from findings
where
    findings.organization_id = $organization_id
    and findings.account_id = $account_id
    and findings.subscription_id = $subscription_id
    and findings.meter_id = $item
    and findings.period_start = $period_start
    and findings.code = $code
order by findings.occurred_at, findings.event_id
limit $most
