select
    organization_id,
    dispute_id,
    attempt_id,
    amount,
    currency,
    status,
    created_at,
    closed_at
from read_parquet(:data_dir || '/disputes.parquet')
