-- Every copy of an event id that one dataset delivered more than once, numbered: copy 1 stays, the others are extra.
-- First received wins inside the month; an id that the month before has too stays there, because that month may be
-- closed already, and because the result must not depend on which month is staged first.
with ids_of_month_before as (
    select distinct
        earlier_events.organization_id,
        earlier_events.event_id
    from earlier_events
    where
        hash(earlier_events.organization_id, earlier_events.event_id)
        in (select repeated_hashes.id_hash from repeated_hashes)
),

numbered as (
    select
        candidates.organization_id,
        candidates.event_id,
        candidates.row_number,
        candidates.received_at,
        (ids_of_month_before.event_id is not null)::integer as copies_before,
        row_number() over (
            partition by candidates.organization_id, candidates.event_id
            order by candidates.received_at nulls last, candidates.content, candidates.row_number
        ) as nth,
        count(*) over (partition by candidates.organization_id, candidates.event_id) as copies
    from candidates
    left join ids_of_month_before
        on
            candidates.organization_id = ids_of_month_before.organization_id
            and candidates.event_id = ids_of_month_before.event_id
)

select
    run.source_name,
    numbered.organization_id,
    numbered.event_id,
    numbered.copies_before + numbered.nth as copy,
    numbered.copies_before + numbered.copies as copies,
    numbered.row_number,
    numbered.received_at
from numbered
cross join run
where numbered.copies_before + numbered.copies > 1
order by numbered.organization_id, numbered.event_id, copy
