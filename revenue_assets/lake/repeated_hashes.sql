-- Hashes of the event ids that one dataset delivered more than once, or that the month before has too. A 64-bit hash is
-- cheap to group; what it brings together is compared by real id in `duplicates`.
select hash(raw_events.organization_id, raw_events.event_id) as id_hash
from raw_events
group by id_hash
having count(*) > 1
union all
select distinct hash(raw_events.organization_id, raw_events.event_id) as id_hash
from raw_events
where
    hash(raw_events.organization_id, raw_events.event_id)
    in (select hash(earlier_events.organization_id, earlier_events.event_id) from earlier_events)
