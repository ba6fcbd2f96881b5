select
    organization_id,
    plan_id,
    name,
    rank,
    billing_interval,
    currency
from read_parquet(:data_dir || '/plans.parquet')
