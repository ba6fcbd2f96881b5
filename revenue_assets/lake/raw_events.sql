-- Both sides of the metering rung in one shape: what customers used, and what the billing system's meter accepted.
-- `side` is a constant in each branch, so a filter on it prunes the other side's files. `row_address` is one number for
-- side, month and row, because a join on three columns would cost more than the rows that it leaves out.
select
    'usage' as side,
    raw_usage_events.month,
    raw_usage_events.file_row_number as row_number,
    replace(raw_usage_events.month, '-', '')::bigint * 2199023255552 + raw_usage_events.file_row_number as row_address,
    raw_usage_events.organization_id,
    raw_usage_events.event_id,
    raw_usage_events.account_id,
    raw_usage_events.event_name,
    raw_usage_events.occurred_at,
    raw_usage_events.units,
    raw_usage_events.received_at,
    raw_usage_events.properties
from raw_usage_events
union all
select
    'reported' as side,
    raw_reported_events.month,
    raw_reported_events.file_row_number as row_number,
    replace(raw_reported_events.month, '-', '')::bigint * 2199023255552 + 1099511627776
    + raw_reported_events.file_row_number as row_address,
    raw_reported_events.organization_id,
    raw_reported_events.event_id,
    raw_reported_events.account_id,
    raw_reported_events.event_name,
    raw_reported_events.occurred_at,
    raw_reported_events.units,
    raw_reported_events.reported_at as received_at,
    null as properties
from raw_reported_events
