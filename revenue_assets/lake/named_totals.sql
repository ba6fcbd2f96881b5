-- All events added up by account and name, for accounts and names to which nothing happens inside the window: that
-- takes a third of the time of placing each event. One side at a time, because a constant in the key makes it slower.
with totals as (
    select
        'usage' as side,
        staged_events.organization_id,
        staged_events.account_id,
        staged_events.event_name,
        count(*) as events,
        sum(staged_events.units) as event_units,
        min(staged_events.occurred_at) as first_event_at,
        max(staged_events.occurred_at) as last_event_at
    from staged_events
    where staged_events.side = 'usage'
    group by staged_events.organization_id, staged_events.account_id, staged_events.event_name
    union all
    select
        'reported' as side,
        staged_events.organization_id,
        staged_events.account_id,
        staged_events.event_name,
        count(*) as events,
        sum(staged_events.units) as event_units,
        min(staged_events.occurred_at) as first_event_at,
        max(staged_events.occurred_at) as last_event_at
    from staged_events
    where staged_events.side = 'reported'
    group by staged_events.organization_id, staged_events.account_id, staged_events.event_name
)

select
    totals.side,
    totals.organization_id,
    totals.account_id,
    totals.event_name,
    mappings_in_force.meter_id,
    account_segments.segment_id,
    mappings_in_force.mapping_id,
    totals.events,
    totals.event_units,
    totals.first_event_at,
    totals.last_event_at
from totals
anti join changed_accounts
    on
        totals.organization_id = changed_accounts.organization_id
        and totals.account_id = changed_accounts.account_id
left join account_segments
    on
        totals.organization_id = account_segments.organization_id
        and totals.account_id = account_segments.account_id
left join mappings_in_force
    on
        totals.organization_id = mappings_in_force.organization_id
        and totals.event_name = mappings_in_force.event_name
