select
    organization_id,
    meter_id,
    name,
    unit,
    aggregation,
    unit_cost
from read_parquet(:data_dir || '/meters.parquet')
