-- All wanted events added up by side, segment and mapping: the one pass over every event that quantities need. Groups
-- are numbers, because grouping by names costs several times as much; a null group says that some have no place.
-- Units are added up as delivered: the multiplier is the same for all of a group.
select
    located_events.side,
    located_events.segment_id,
    located_events.mapping_id,
    count(*) as events,
    sum(located_events.event_units) as event_units,
    min(located_events.occurred_at) as first_event_at,
    max(located_events.occurred_at) as last_event_at
from located_events
where located_events.is_wanted
group by
    located_events.side,
    located_events.segment_id,
    located_events.mapping_id
