-- The totals of all events by account, event name and segment. `is_in_month` tells those of the month of the run from
-- earlier ones, which count only if a period that is billed in the month claims them.
select
    placed_totals.side,
    account_segments.organization_id,
    account_segments.account_id,
    mappings_in_force.event_name,
    mappings_in_force.meter_id,
    account_segments.segment_start,
    account_segments.is_in_month,
    placed_totals.events,
    if(mappings_in_force.is_counted, placed_totals.events, placed_totals.event_units) * mappings_in_force.multiplier
        as units,
    placed_totals.first_event_at,
    placed_totals.last_event_at
from placed_totals
inner join account_segments on placed_totals.segment_id = account_segments.segment_id
inner join mappings_in_force on placed_totals.mapping_id = mappings_in_force.mapping_id
union all
select
    unplaced_totals.side,
    unplaced_totals.organization_id,
    unplaced_totals.account_id,
    unplaced_totals.event_name,
    unplaced_totals.meter_id,
    unplaced_totals.segment_start,
    true as is_in_month,
    unplaced_totals.events,
    unplaced_totals.units,
    unplaced_totals.first_event_at,
    unplaced_totals.last_event_at
from unplaced_totals
union all
select
    named_totals.side,
    named_totals.organization_id,
    named_totals.account_id,
    named_totals.event_name,
    named_totals.meter_id,
    named_totals.segment_start,
    true as is_in_month,
    named_totals.events,
    named_totals.units,
    named_totals.first_event_at,
    named_totals.last_event_at
from named_totals
