-- Events with the segment of time of their account, the mapping of their name, and their quantity in units of the
-- meter. The multiplier is applied and rounded per event, so that sums never depend on how they are taken.
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
    mappings_in_force.aggregation,
    case
        when mappings_in_force.is_plain or mappings_in_force.mapping_id is null then events_to_locate.units
        when mappings_in_force.aggregation in ('count', 'unique_count') then 1::decimal(38, 12)
        -- decimal(38,12) times decimal(38,12) leaves room for 14 digits only; whole numbers keep 26.
        when events_to_locate.units = events_to_locate.units::decimal(26, 0)
            then events_to_locate.units::decimal(26, 0) * mappings_in_force.multiplier
        else (events_to_locate.units * mappings_in_force.multiplier)::decimal(38, 12)
    end as units,
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
