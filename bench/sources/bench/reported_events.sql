select
    event_id,
    account_id,
    event_name,
    occurred_at,
    units,
    reported_at
from read_parquet(:data_dir || '/reported_events.parquet')
