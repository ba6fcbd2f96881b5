select
    organization_id,
    account_id,
    subscription_id,
    plan_id,
    currency,
    period_start,
    period_end,
    billing_month,
    days_in_service,
    days_in_period,
    seconds_in_service,
    seconds_in_period,
    fraction
from {{ source('lake', 'billing_periods') }}
