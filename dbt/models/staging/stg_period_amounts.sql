select
    organization_id,
    account_id,
    subscription_id,
    meter_id,
    period_start,
    period_end,
    billing_month,
    side,
    price_id,
    actual_amount,
    less_rejected_amount,
    less_unreported_amount,
    requantified_amount,
    with_reported_twice_amount,
    reported_amount,
    in_time_amount
from {{ source('lake', 'period_amounts') }}
