-- Like `candidates`, with the content that decides between copies received at the same time, or at no known time: so
-- that the choice does not depend on the order of the rows. Reading it takes as long as finding the rows.
select
    raw_events.row_number,
    raw_events.organization_id,
    raw_events.event_id,
    raw_events.received_at,
    {
        'occurred_at': raw_events.occurred_at,
        'account_id': raw_events.account_id,
        'event_name': raw_events.event_name,
        'units': raw_events.units,
        'properties': raw_events.properties
    } as content
from raw_events
where
    hash(raw_events.organization_id, raw_events.event_id)
    in (select repeated_hashes.id_hash from repeated_hashes)
