-- Event names whose events cannot be added up by day first: of meters whose quantity is not a sum, and with a mapping
-- that begins or ends inside the window.
select distinct
    mappings_in_force.organization_id,
    mappings_in_force.event_name
from mappings_in_force
left join changing_mappings on mappings_in_force.mapping_id = changing_mappings.mapping_id
where
    changing_mappings.mapping_id is not null
    or mappings_in_force.aggregation in ('max', 'last', 'unique_count')
