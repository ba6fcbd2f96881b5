select
    'pay_per_token' as plan_id,
    'Pay per token' as name,
    'month' as billing_interval,
    'USD' as currency
