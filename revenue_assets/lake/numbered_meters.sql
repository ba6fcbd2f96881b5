-- The meters by number. Units of a scaled one have more decimals than are kept.
select
    mappings_in_force.meter_number,
    mappings_in_force.meter_id,
    any_value(mappings_in_force.aggregation) as aggregation,
    bool_or(mappings_in_force.multiplier <> 1) as is_scaled
from mappings_in_force
group by
    mappings_in_force.meter_number,
    mappings_in_force.meter_id
