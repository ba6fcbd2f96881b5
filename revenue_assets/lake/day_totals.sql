-- Events added up by account, name and UTC day: the one pass over every event that days need. The day is cut from the
-- microseconds, because casting a time with zone to a date costs as much as all the rest.
select
    staged_events.organization_id,
    staged_events.account_id,
    staged_events.event_name,
    epoch_us(staged_events.occurred_at) // 86400000000 as day_number,
    count(*) as events,
    sum(staged_events.units) as event_units
from staged_events
where staged_events.side = getvariable('counted_side')
group by
    staged_events.organization_id,
    staged_events.account_id,
    staged_events.event_name,
    day_number
