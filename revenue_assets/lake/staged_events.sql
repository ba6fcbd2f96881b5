-- The staged events: what was delivered, less the extra copies. A view, because writing tens of millions of rows
-- again to leave out a few costs more than everything else the lake does.
select
    raw_events.side,
    raw_events.month,
    raw_events.organization_id,
    raw_events.event_id,
    raw_events.account_id,
    raw_events.event_name,
    raw_events.occurred_at,
    raw_events.units,
    raw_events.properties
from raw_events
anti join extra_copies on raw_events.row_address = extra_copies.row_address
