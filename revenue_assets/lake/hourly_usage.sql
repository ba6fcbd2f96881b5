-- Events and units per meter and UTC hour, all accounts of an organization together, copies left out. The hour's
-- mapping is the one in force at its beginning.
with hours as (
    select
        staged_events.organization_id,
        staged_events.event_name,
        epoch_us(staged_events.occurred_at) // 3600000000 as hour_number,
        count(*) as events,
        sum(staged_events.units) as event_units,
        sum(staged_events.units::double * staged_events.units::double) as squares
    from staged_events
    where staged_events.side = getvariable('counted_side')
    group by
        staged_events.organization_id,
        staged_events.event_name,
        hour_number
)

select
    hours.organization_id,
    mappings_in_force.meter_id,
    mappings_in_force.aggregation in ('sum', 'count') as has_units,
    hours.hour_number,
    sum(hours.events)::bigint as events,
    sum(
        if(mappings_in_force.is_counted, hours.events, hours.event_units::double * mappings_in_force.multiplier::double)
    ) as units,
    sum(
        if(
            mappings_in_force.is_counted,
            hours.events,
            hours.squares * mappings_in_force.multiplier::double * mappings_in_force.multiplier::double
        )
    ) as squares
from hours
inner join mappings_in_force
    on
        hours.organization_id = mappings_in_force.organization_id
        and hours.event_name = mappings_in_force.event_name
        and make_timestamptz(hours.hour_number * 3600000000) >= mappings_in_force.valid_from
        and make_timestamptz(hours.hour_number * 3600000000) < mappings_in_force.valid_to
group by
    hours.organization_id,
    mappings_in_force.meter_id,
    has_units,
    hours.hour_number
order by hours.organization_id, mappings_in_force.meter_id, hours.hour_number
