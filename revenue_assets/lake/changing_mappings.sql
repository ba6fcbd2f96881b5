-- Mappings that begin or end inside the window: then events have to be told apart by time, whatever their account.
select mappings_in_force.mapping_id
from mappings_in_force
cross join run
where
    mappings_in_force.valid_from > run.window_start
    or mappings_in_force.valid_to < run.window_end
