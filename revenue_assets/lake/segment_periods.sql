-- Which billing periods a segment is part of: one of each subscription that is in service.
select
    segments.segment_id,
    segments.segment_start,
    calendar.period_id,
    calendar.billing_month = run.billing_month as is_billed_in_month
from segments
inner join calendar
    on
        segments.organization_id = calendar.organization_id
        and segments.account_id = calendar.account_id
        and calendar.period_start <= segments.segment_start
        and calendar.period_end > segments.segment_start
cross join run
