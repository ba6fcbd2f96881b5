{{ config(materialized="view", post_hook=[]) }}

select
    organization_id,
    account_id,
    subscription_id,
    item,
    period_start,
    currency,
    period_end,
    billing_month,
    maturity,
    entitled_amount::numeric(38, 12) as entitled_amount,
    metered_amount::numeric(38, 12) as metered_amount,
    posted_amount::numeric(38, 12) as posted_amount,
    priced_amount::numeric(38, 12) as priced_amount,
    documented_amount::numeric(38, 12) as documented_amount,
    invoiced_amount::numeric(38, 12) as invoiced_amount,
    credited_amount::numeric(38, 12) as credited_amount,
    paid_for_amount::numeric(38, 12) as paid_for_amount,
    collected_amount::numeric(38, 12) as collected_amount
from {{ ref('int_item_rungs') }}
where unrated_reason is null
