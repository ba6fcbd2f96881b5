select
    event_id,
    account_id,
    event_name,
    occurred_at,
    units,
    received_at
from read_parquet(:data_dir || '/usage_events.parquet')
