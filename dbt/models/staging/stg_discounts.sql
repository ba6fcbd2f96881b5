select
    organization_id,
    discount_id,
    subscription_id,
    meter_id,
    valid_from,
    coalesce(valid_to, 'infinity'::timestamptz) as valid_to,
    percent_off,
    amount_off
from {{ source('raw', 'discounts') }}
