select
    organization_id,
    account_id,
    subscription_id,
    meter_id,
    -- Usage that no period claims belongs to its UTC month: a key has no null in it.
    coalesce(period_start, billing_month::timestamp at time zone 'UTC') as period_start,
    coalesce(period_end, (billing_month + interval '1 month') at time zone 'UTC') as period_end,
    usage_date,
    outcome,
    billing_month,
    events,
    units
from {{ source('lake', 'period_usage_daily') }}
