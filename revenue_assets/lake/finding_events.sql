-- The events of one finding that is about single events. The month's file is sorted by account, so that only the few
-- row groups of the account are read.
select
    findings.event_id,
    findings.event_name,
    findings.occurred_at,
    findings.units::decimal(38, 12) as units,
    findings.outcome,
    findings.error_code
from findings
where
    findings.organization_id = getvariable('organization_id')
    and findings.account_id = getvariable('account_id')
    and findings.subscription_id = getvariable('subscription_id')
    and findings.meter_id = getvariable('item')
    and findings.period_start = getvariable('period_start')
    and findings.code = getvariable('code')
order by findings.occurred_at, findings.event_id
limit getvariable('most')
