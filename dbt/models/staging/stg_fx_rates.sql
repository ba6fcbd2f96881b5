select
    organization_id,
    base,
    quote,
    day,
    rate
from {{ source('raw', 'fx_rates') }}
