-- The events that have to be placed one by one: of those names, and of the days that are cut.
select
    staged_events.side,
    staged_events.month,
    staged_events.organization_id,
    staged_events.event_id,
    staged_events.account_id,
    staged_events.event_name,
    staged_events.occurred_at,
    staged_events.units,
    staged_events.properties
from staged_events
semi join names_one_by_one
    on
        staged_events.organization_id = names_one_by_one.organization_id
        and staged_events.event_name = names_one_by_one.event_name
where staged_events.side = getvariable('counted_side')
union all
select
    staged_events.side,
    staged_events.month,
    staged_events.organization_id,
    staged_events.event_id,
    staged_events.account_id,
    staged_events.event_name,
    staged_events.occurred_at,
    staged_events.units,
    staged_events.properties
from staged_events
anti join names_one_by_one
    on
        staged_events.organization_id = names_one_by_one.organization_id
        and staged_events.event_name = names_one_by_one.event_name
semi join cut_days
    on
        staged_events.organization_id = cut_days.organization_id
        and staged_events.account_id = cut_days.account_id
        and epoch_us(staged_events.occurred_at) // 86400000000 = cut_days.day_number
where staged_events.side = getvariable('counted_side')
