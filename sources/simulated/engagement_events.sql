select
    organization_id,
    event_id,
    account_id,
    event_name,
    occurred_at
from read_parquet(:data_dir || '/engagement_events/*.parquet', hive_partitioning = false)
