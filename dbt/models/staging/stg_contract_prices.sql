select
    organization_id,
    price_id,
    subscription_id,
    -- The subscription's own price is not its plan's.
    case when subscription_id is null then plan_id end as plan_id,
    meter_id,
    coalesce(meter_id, 'recurring') as item,
    charge_model,
    currency,
    valid_from,
    coalesce(valid_to, 'infinity'::timestamptz) as valid_to,
    included_units,
    proration,
    bill_in,
    rounding,
    tiers,
    package_size,
    package_amount,
    rate_percent,
    fixed_amount,
    zero_usage_flat_fee,
    unit_amount
from {{ source('raw', 'contract_prices') }}
