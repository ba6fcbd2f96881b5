select
    organization_id,
    discount_id,
    subscription_id,
    percent_off,
    amount_off,
    meter_id,
    valid_from,
    valid_to
from read_parquet(:data_dir || '/discounts.parquet')
