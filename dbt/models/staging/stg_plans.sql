select
    organization_id,
    plan_id,
    name,
    rank,
    billing_interval,
    currency
from {{ source('raw', 'plans') }}
