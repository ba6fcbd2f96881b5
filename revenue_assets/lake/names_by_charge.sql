-- Event names of meters that a percentage prices: only their events are read one by one.
select distinct
    mappings_in_force.organization_id,
    mappings_in_force.event_name
from mappings_in_force
semi join percentage_charges
    on
        mappings_in_force.organization_id = percentage_charges.organization_id
        and mappings_in_force.meter_id = percentage_charges.meter_id
