-- The late reports as they are kept, sorted by account: the evidence of what was not invoiced in time.
select
    run.source_name,
    claims.organization_id,
    claims.account_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    claims.period_end,
    'U4' as code,
    'late' as outcome,
    late_reports.event_id,
    late_reports.event_name,
    late_reports.occurred_at,
    late_reports.received_at as reported_at,
    late_reports.cutoff_at,
    late_reports.units
from late_reports
inner join claims on late_reports.claim_id = claims.claim_id
cross join run
order by claims.organization_id, claims.account_id, late_reports.occurred_at, late_reports.event_id
