-- The rows whose ids may be repeated, with what ranks their copies in nearly all cases: the time of receipt.
select
    raw_events.row_number,
    raw_events.organization_id,
    raw_events.event_id,
    raw_events.received_at,
    null as content
from raw_events
where
    hash(raw_events.organization_id, raw_events.event_id)
    in (select repeated_hashes.id_hash from repeated_hashes)
