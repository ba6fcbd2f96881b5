-- Mappings, with the start of the next one of the same event name.
select
    *,
    lead(valid_from) over (partition by organization_id, event_name order by valid_from) as next_valid_from
from event_mappings
