-- The usage events behind the exceptional ids, and those that an exceptional report may repeat under another id: of the
-- same second, because numbers are cheap to compare; `exceptional_events` looks at the rest of the content.
with marked as (
    select
        matching_events.side,
        matching_events.month,
        matching_events.organization_id,
        matching_events.event_id,
        matching_events.account_id,
        matching_events.event_name,
        matching_events.occurred_at,
        matching_events.units,
        hash(matching_events.organization_id, matching_events.event_id)
        in (select exceptional_ids.id_hash from exceptional_ids) as is_exceptional,
        epoch_us(matching_events.occurred_at) // 1000000
        in (select epoch_us(exceptional_reports.occurred_at) // 1000000 from exceptional_reports) as is_near
    from matching_events
    where matching_events.side = 'usage'
)

select
    marked.side,
    marked.month,
    marked.organization_id,
    marked.event_id,
    marked.account_id,
    marked.event_name,
    marked.occurred_at,
    marked.units,
    marked.is_exceptional
from marked
where marked.is_exceptional or marked.is_near
