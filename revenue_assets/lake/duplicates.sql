-- Every copy of an event id that one dataset delivered more than once, numbered: copy 1 stays, the others are extra.
-- First received wins inside the month; an id that the month before has too stays there, because that month may be
-- closed already, and because the result must not depend on which month is staged first.
-- Ids are found by a 64-bit hash, which is cheap to group; what the hash brings together is then compared by real id.
with repeated_hashes as (
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
),

ids_of_month_before as (
    select distinct
        earlier_events.organization_id,
        earlier_events.event_id
    from earlier_events
    where
        hash(earlier_events.organization_id, earlier_events.event_id)
        in (select repeated_hashes.id_hash from repeated_hashes)
),

candidates as (
    select
        raw_events.*,
        (ids_of_month_before.event_id is not null)::integer as copies_before
    from raw_events
    left join ids_of_month_before
        on
            raw_events.organization_id = ids_of_month_before.organization_id
            and raw_events.event_id = ids_of_month_before.event_id
    where
        hash(raw_events.organization_id, raw_events.event_id)
        in (select repeated_hashes.id_hash from repeated_hashes)
),

numbered as (
    select
        candidates.*,
        candidates.copies_before + row_number() over (
            partition by candidates.organization_id, candidates.event_id
            order by
                candidates.received_at nulls last, candidates.occurred_at, candidates.account_id,
                candidates.event_name, candidates.units, candidates.properties nulls last, candidates.row_number
        ) as copy,
        candidates.copies_before
        + count(*) over (partition by candidates.organization_id, candidates.event_id) as copies
    from candidates
)

select
    run.source_name,
    numbered.organization_id,
    numbered.event_id,
    numbered.copy,
    numbered.copies,
    numbered.row_number,
    numbered.account_id,
    numbered.event_name,
    numbered.occurred_at,
    numbered.units,
    numbered.received_at
from numbered
cross join run
where numbered.copies > 1
order by numbered.organization_id, numbered.event_id, numbered.copy
