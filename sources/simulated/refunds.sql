select
    organization_id,
    refund_id,
    invoice_id,
    attempt_id,
    amount,
    currency,
    reason,
    created_at
from read_parquet(:data_dir || '/refunds.parquet')
