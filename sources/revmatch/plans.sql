select
    'pay_per_event' as plan_id,
    'Pay per event' as name,
    'month' as billing_interval,
    'USD' as currency
