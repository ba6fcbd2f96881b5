select
    organization_id,
    account_id,
    name,
    email,
    country,
    segment,
    currency,
    created_at,
    is_internal,
    acquisition_channel,
    acquisition_cost
from {{ source('raw', 'accounts') }}
