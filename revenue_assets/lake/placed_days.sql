-- All events with a meter by segment and day. Units are multiplied only where that changes them, because decimals that
-- are more than is kept have to be rounded, which costs a microsecond each.
with located_days as (
    select
        numbered_accounts.account_number,
        located_events.segment_id,
        located_events.month = run.month as is_in_month,
        located_events.mapping_id,
        epoch_us(located_events.occurred_at) // 86400000000 as day_number,
        count(*) as events,
        sum(located_events.event_units) as event_units
    from located_events
    cross join run
    inner join numbered_accounts
        on
            located_events.organization_id = numbered_accounts.organization_id
            and located_events.account_id = numbered_accounts.account_id
    where located_events.is_wanted and located_events.mapping_id is not null
    group by all
),

days as (
    select
        whole_days.account_number,
        whole_days.segment_id,
        whole_days.is_in_month,
        whole_days.meter_number,
        whole_days.day_number,
        whole_days.events,
        whole_days.event_units,
        whole_days.multiplier
    from whole_days
    union all
    select
        located_days.account_number,
        located_days.segment_id,
        located_days.is_in_month,
        mappings_in_force.meter_number,
        located_days.day_number,
        located_days.events,
        if(mappings_in_force.is_counted, located_days.events, located_days.event_units) as event_units,
        mappings_in_force.multiplier
    from located_days
    inner join mappings_in_force on located_days.mapping_id = mappings_in_force.mapping_id
)

select
    days.account_number,
    days.segment_id,
    days.is_in_month,
    days.meter_number,
    days.day_number,
    days.events,
    if(days.multiplier = 1, days.event_units, null) as plain_units,
    if(days.multiplier <> 1, days.event_units * days.multiplier, null) as scaled_units
from days
