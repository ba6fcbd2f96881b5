-- The reported events behind the exceptional ids, whole.
select
    matching_events.side,
    matching_events.month,
    matching_events.organization_id,
    matching_events.event_id,
    matching_events.account_id,
    matching_events.event_name,
    matching_events.occurred_at,
    matching_events.units
from matching_events
where
    matching_events.side = 'reported'
    and hash(matching_events.organization_id, matching_events.event_id) in (
        select exceptional_ids.id_hash from exceptional_ids
    )
