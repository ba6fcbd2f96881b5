select
    organization_id,
    event_name,
    valid_from,
    valid_to,
    meter_id,
    multiplier
from {{ source('raw', 'event_mappings') }}
