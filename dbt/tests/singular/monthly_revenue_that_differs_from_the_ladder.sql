-- A row is a month and currency in which the revenue by plan and country does not add up to what the ladder's items and
-- their refunds say, internal accounts left out. Tolerance: none.
{{ config(meta={"dagster": {"ref": {"name": "mart_revenue_monthly"}}}) }}

with
ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

refunds as (
    select * from {{ ref('int_item_refunds') }}
    where {{ in_build_range('billing_month') }}
),

unrated as (
    select * from {{ ref('int_unrated_items') }}
    where {{ in_build_range('billing_month') }}
),

internal as (
    select * from {{ ref('stg_accounts') }}
    where is_internal
),

entries as (
    select
        organization_id, '' as account_id, currency, billing_month,
        entitled_amount, invoiced_amount, credited_amount, prepaid_amount, collected_amount, refunded_amount,
        disputed_amount, unrated_invoiced_amount
    from {{ ref('mart_revenue_monthly') }}
    where {{ in_build_range('billing_month') }}
    union all
    select
        organization_id, account_id, currency, billing_month,
        -entitled_amount, -invoiced_amount, -credited_amount,
        paid_for_amount - coalesce(credited_amount, invoiced_amount), -collected_amount, 0, 0, 0
    from ladder
    union all
    select
        refunds.organization_id, refunds.account_id, refunds.currency, refunds.billing_month,
        0, 0, 0, 0, 0, -refunds.refunded_amount, -refunds.disputed_amount, 0
    from refunds
    left join unrated
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    where unrated.organization_id is null
    union all
    select
        organization_id, account_id, currency, billing_month,
        0, 0, 0, 0, 0, 0, 0, -invoiced_amount
    from unrated
)

select
    entries.organization_id,
    entries.currency,
    entries.billing_month,
    sum(entries.entitled_amount) as entitled_difference,
    sum(entries.invoiced_amount) as invoiced_difference,
    sum(entries.credited_amount) as credited_difference,
    sum(entries.prepaid_amount) as prepaid_difference,
    sum(entries.collected_amount) as collected_difference,
    sum(entries.refunded_amount) as refunded_difference,
    sum(entries.disputed_amount) as disputed_difference,
    sum(entries.unrated_invoiced_amount) as unrated_difference
from entries
left join internal
    using (organization_id, account_id)
where internal.account_id is null
group by entries.organization_id, entries.currency, entries.billing_month
having
    sum(entries.entitled_amount) <> 0 or sum(entries.invoiced_amount) <> 0 or sum(entries.credited_amount) <> 0
    or sum(entries.prepaid_amount) <> 0 or sum(entries.collected_amount) <> 0 or sum(entries.refunded_amount) <> 0
    or sum(entries.disputed_amount) <> 0 or sum(entries.unrated_invoiced_amount) <> 0
