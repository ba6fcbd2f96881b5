-- Events of the month whose account has no period near, or whose name has no meter, added up by name.
select
    located_events.side,
    located_events.organization_id,
    located_events.account_id,
    located_events.event_name,
    located_events.meter_id,
    located_events.segment_id,
    located_events.mapping_id,
    count(*) as events,
    sum(located_events.event_units) as event_units,
    min(located_events.occurred_at) as first_event_at,
    max(located_events.occurred_at) as last_event_at
from located_events
cross join run
where
    (located_events.segment_id is null or located_events.mapping_id is null)
    and located_events.month = run.month
group by
    located_events.side,
    located_events.organization_id,
    located_events.account_id,
    located_events.event_name,
    located_events.meter_id,
    located_events.segment_id,
    located_events.mapping_id
