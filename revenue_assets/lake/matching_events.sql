-- The staged events that a period billed in the month of the run can claim: only these are matched. Used where
-- some periods are billed in another month; else the staged events themselves are matched.
select
    staged_events.side,
    staged_events.month,
    staged_events.organization_id,
    staged_events.event_id,
    staged_events.account_id,
    staged_events.event_name,
    staged_events.occurred_at,
    staged_events.units
from staged_events
inner join account_segments
    on
        staged_events.organization_id = account_segments.organization_id
        and staged_events.account_id = account_segments.account_id
        and staged_events.occurred_at >= account_segments.segment_start
        and staged_events.occurred_at < account_segments.segment_end
where account_segments.is_billed_in_month
