select
    organization_id,
    attempt_id,
    invoice_id,
    attempt_number,
    attempted_at,
    amount,
    currency,
    status,
    decline_code,
    network_status,
    method,
    card_fingerprint
from read_parquet(:data_dir || '/payment_attempts.parquet')
