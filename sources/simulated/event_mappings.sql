select
    organization_id,
    event_name,
    valid_from,
    valid_to,
    meter_id,
    multiplier
from read_parquet(:data_dir || '/event_mappings.parquet')
