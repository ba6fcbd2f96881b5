-- Stands in for mappings_in_force where a source has no event_mappings: the event name is the meter.
with names as (
    select distinct
        events_to_locate.organization_id,
        events_to_locate.event_name
    from events_to_locate
)

select
    row_number() over ()::integer as mapping_id,
    dense_rank() over (order by names.organization_id, names.event_name)::integer as meter_number,
    names.organization_id,
    names.event_name,
    names.event_name as meter_id,
    1::decimal(38, 12) as multiplier,
    '-infinity'::timestamptz as valid_from,
    'infinity'::timestamptz as valid_to,
    coalesce(meters.aggregation, 'sum') as aggregation,
    coalesce(meters.aggregation in ('count', 'unique_count'), false) as is_counted,
    meters.unique_property
from names
left join meters
    on
        names.organization_id = meters.organization_id
        and names.event_name = meters.meter_id
