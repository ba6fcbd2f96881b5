-- The usage events behind the exceptional ids, and those that an exceptional report may repeat under another id:
-- same account, event name, units and second (to be compared exactly later).
with repeated_contents as (
    select distinct
        hash(
            exceptional_reports.account_id,
            exceptional_reports.event_name,
            exceptional_reports.units,
            epoch_us(exceptional_reports.occurred_at) // 1000000
        ) as content_hash
    from exceptional_reports
),

marked as (
    select
        matching_events.side,
        matching_events.month,
        matching_events.organization_id,
        matching_events.event_id,
        matching_events.account_id,
        matching_events.event_name,
        matching_events.occurred_at,
        matching_events.units,
        hash(matching_events.organization_id, matching_events.event_id) in (
            select exceptional_ids.id_hash from exceptional_ids
        ) as is_exceptional,
        hash(
            matching_events.account_id,
            matching_events.event_name,
            matching_events.units,
            epoch_us(matching_events.occurred_at) // 1000000
        ) in (select repeated_contents.content_hash from repeated_contents) as is_repeated
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
    marked.units
from marked
where marked.is_exceptional or marked.is_repeated
