select
    organization_id,
    grant_id,
    account_id,
    currency,
    granted_at,
    coalesce(expires_at, 'infinity'::timestamptz) as expires_at,
    priority,
    amount
from {{ source('raw', 'credit_grants') }}
