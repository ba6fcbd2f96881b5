-- Event names of meters whose quantity is not a sum: only their events are read one by one.
select distinct
    mappings_in_force.organization_id,
    mappings_in_force.event_name
from mappings_in_force
where mappings_in_force.aggregation in ('max', 'last', 'unique_count')
