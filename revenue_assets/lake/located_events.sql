-- Events with the segment of time of their account, the mapping of their name, and their quantity in units of the
-- meter. Quantities keep all decimals of the product and are rounded where a period's are written, once.
select
    events_to_locate.side,
    events_to_locate.month,
    events_to_locate.organization_id,
    events_to_locate.event_id,
    events_to_locate.account_id,
    events_to_locate.event_name,
    events_to_locate.occurred_at,
    events_to_locate.units as event_units,
    mappings_in_force.mapping_id,
    mappings_in_force.meter_id,
    mappings_in_force.meter_number,
    mappings_in_force.aggregation,
    if(mappings_in_force.is_counted, 1, events_to_locate.units) * coalesce(mappings_in_force.multiplier, 1) as units,
    if(
        mappings_in_force.aggregation = 'unique_count',
        events_to_locate.properties ->> mappings_in_force.unique_property,
        null
    ) as counted_property,
    account_segments.segment_id,
    account_segments.segment_start,
    -- Events of earlier months matter only where a period that is billed in this month may claim them.
    coalesce(account_segments.is_in_month or account_segments.is_billed_in_month, true) as is_wanted
from events_to_locate
left join mappings_in_force
    on
        events_to_locate.organization_id = mappings_in_force.organization_id
        and events_to_locate.event_name = mappings_in_force.event_name
        and events_to_locate.occurred_at >= mappings_in_force.valid_from
        and events_to_locate.occurred_at < mappings_in_force.valid_to
left join account_segments
    on
        events_to_locate.organization_id = account_segments.organization_id
        and events_to_locate.account_id = account_segments.account_id
        and events_to_locate.occurred_at >= account_segments.segment_start
        and events_to_locate.occurred_at < account_segments.segment_end
