-- Event names to meters, in windows that never overlap: the mapping that began last is in force. Meters that count
-- events take neither units nor multipliers.
with dated as (
    select
        event_mappings.organization_id,
        event_mappings.event_name,
        event_mappings.meter_id,
        event_mappings.multiplier,
        event_mappings.valid_from,
        least(
            coalesce(event_mappings.valid_to, 'infinity'::timestamptz),
            lead(event_mappings.valid_from, 1, 'infinity'::timestamptz) over (
                partition by event_mappings.organization_id, event_mappings.event_name
                order by event_mappings.valid_from
            )
        ) as valid_to
    from event_mappings
)

select
    row_number() over ()::integer as mapping_id,
    dense_rank() over (order by dated.organization_id, dated.meter_id)::integer as meter_number,
    dated.organization_id,
    dated.event_name,
    dated.meter_id,
    if(meters.aggregation in ('count', 'unique_count'), 1, dated.multiplier)::decimal(38, 12) as multiplier,
    dated.valid_from,
    dated.valid_to,
    coalesce(meters.aggregation, 'sum') as aggregation,
    coalesce(meters.aggregation in ('count', 'unique_count'), false) as is_counted,
    meters.unique_property
from dated
left join meters
    on
        dated.organization_id = meters.organization_id
        and dated.meter_id = meters.meter_id
where dated.valid_from < dated.valid_to
