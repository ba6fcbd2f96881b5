select
    organization_id,
    price_id,
    plan_id,
    subscription_id,
    meter_id,
    charge_model,
    currency,
    valid_from,
    valid_to,
    unit_amount,
    package_size,
    package_amount,
    included_units,
    tiers,
    proration,
    bill_in
from read_parquet(:data_dir || '/contract_prices.parquet')
