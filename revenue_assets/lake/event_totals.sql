-- The totals of all events that have their place, by segment and mapping, with their quantity in units of the meter.
with totals as (
    select
        placed_totals.side,
        placed_totals.segment_id,
        placed_totals.mapping_id,
        placed_totals.events,
        placed_totals.event_units,
        placed_totals.first_event_at,
        placed_totals.last_event_at
    from placed_totals
    where placed_totals.segment_id is not null and placed_totals.mapping_id is not null
    union all
    select
        named_totals.side,
        named_totals.segment_id,
        named_totals.mapping_id,
        named_totals.events,
        named_totals.event_units,
        named_totals.first_event_at,
        named_totals.last_event_at
    from named_totals
    where named_totals.segment_id is not null and named_totals.mapping_id is not null
)

select
    totals.side,
    totals.segment_id,
    totals.mapping_id,
    mappings_in_force.meter_number,
    totals.events,
    if(mappings_in_force.is_counted, totals.events, totals.event_units) * mappings_in_force.multiplier as units,
    totals.first_event_at,
    totals.last_event_at
from totals
inner join mappings_in_force on totals.mapping_id = mappings_in_force.mapping_id
