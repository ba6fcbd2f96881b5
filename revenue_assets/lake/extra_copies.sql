-- Where the copies lie that do not count, every one but the first: addressed as in raw_events.
select
    usage_events_copies.organization_id,
    replace(usage_events_copies.month, '-', '')::bigint * 2199023255552 + usage_events_copies.row_number as row_address
from usage_events_copies
where usage_events_copies.copy > 1
union all
select
    reported_events_copies.organization_id,
    replace(reported_events_copies.month, '-', '')::bigint * 2199023255552 + 1099511627776
    + reported_events_copies.row_number as row_address
from reported_events_copies
where reported_events_copies.copy > 1
