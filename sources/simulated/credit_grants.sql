select
    organization_id,
    grant_id,
    account_id,
    amount,
    currency,
    granted_at,
    expires_at,
    priority
from read_parquet(:data_dir || '/credit_grants.parquet')
