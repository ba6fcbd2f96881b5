select
    'plan' as plan_id,
    'Pay as you go' as name,
    'month' as billing_interval,
    'USD' as currency
