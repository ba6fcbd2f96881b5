-- The reports that took so long that they may be late, few of all: an event happens before its period ends, so a late
-- report took longer than any invoice of the month took after the end of its period (`least_delay`, microseconds).
select
    raw_events.side,
    raw_events.month,
    raw_events.organization_id,
    raw_events.event_id,
    raw_events.account_id,
    raw_events.event_name,
    raw_events.occurred_at,
    raw_events.units,
    raw_events.properties,
    raw_events.received_at
from raw_events
anti join extra_copies on raw_events.row_address = extra_copies.row_address
where
    raw_events.side = 'reported'
    and epoch_us(raw_events.received_at) - epoch_us(raw_events.occurred_at) > getvariable('least_delay')
