select
    organization_id,
    attempt_id,
    invoice_id,
    attempt_number,
    currency,
    status,
    attempted_at,
    decline_code,
    network_status,
    method,
    card_fingerprint,
    amount
from {{ source('raw', 'payment_attempts') }}
