select
    organization_id,
    refund_id,
    invoice_id,
    attempt_id,
    currency,
    reason,
    created_at,
    amount
from {{ source('raw', 'refunds') }}
