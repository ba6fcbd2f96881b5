-- One row per item of the closed months, with its rungs in order.
select
    organization_id,
    account_id,
    subscription_id,
    item,
    period_start,
    currency,
    entitled_amount,
    metered_amount,
    posted_amount,
    priced_amount,
    documented_amount,
    invoiced_amount,
    credited_amount,
    paid_for_amount,
    collected_amount
from intermediate.int_ladder
where organization_id = any(%(organizations)s)
