-- The floor: read every column that the lake's steps need, of both files, once. The maximum makes each value be decoded.
select
    max(events.organization_id),
    max(events.event_id),
    max(events.account_id),
    max(events.event_name),
    max(events.occurred_at),
    max(events.units),
    max(events.received_at),
    max(events.reported_at)
from read_parquet([getvariable('usage_file'), getvariable('reported_file')], union_by_name = true) as events
