-- Where the copies lie that do not count: every one but the first.
select
    'usage' as side,
    usage_events_copies.month,
    usage_events_copies.organization_id,
    usage_events_copies.row_number
from usage_events_copies
where usage_events_copies.copy > 1
union all
select
    'reported' as side,
    reported_events_copies.month,
    reported_events_copies.organization_id,
    reported_events_copies.row_number
from reported_events_copies
where reported_events_copies.copy > 1
