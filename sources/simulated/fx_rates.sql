select
    organization_id,
    base,
    quote,
    day,
    rate
from read_parquet(:data_dir || '/fx_rates.parquet')
