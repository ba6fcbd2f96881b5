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
    unrated_reason,
    contract_price_id,
    billing_price_id,
    events,
    units_reported,
    billed_units,
    documented_amount,
    invoiced_amount
from {{ ref('int_item_rungs') }}
where unrated_reason is not null
