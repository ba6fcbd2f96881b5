select
    organization_id,
    meter_id,
    name,
    unit,
    aggregation,
    unique_property,
    unit_cost
from {{ source('raw', 'meters') }}
