select
    organization_id,
    commitment_id,
    subscription_id,
    kind,
    currency,
    valid_from,
    coalesce(valid_to, 'infinity'::timestamptz) as valid_to,
    amount
from {{ source('raw', 'commitments') }}
