select
    event_id,
    organization_id,
    account_id,
    event_name,
    occurred_at,
    units,
    error_code,
    rejected_at
from read_parquet(:data_dir || '/rejected_meter_events/*.parquet', hive_partitioning = false)
