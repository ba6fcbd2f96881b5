-- What each account owed, was billed and paid, by plan: docs/definitions.md#revenue-by-month.
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

accounts as (
    select * from {{ ref('stg_accounts') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

-- One long list, added up once: nothing is joined that could multiply or lose an amount.
entries as (
    select
        organization_id, account_id, subscription_id, currency, billing_month,
        entitled_amount, invoiced_amount, credited_amount, paid_for_amount, collected_amount,
        0 as refunded_amount, 0 as disputed_amount, 0 as unrated_invoiced_amount
    from ladder
    union all
    select
        refunds.organization_id, refunds.account_id, refunds.subscription_id, refunds.currency, refunds.billing_month,
        null as entitled_amount, null as invoiced_amount, null as credited_amount, null as paid_for_amount,
        null as collected_amount, refunds.refunded_amount, refunds.disputed_amount, 0 as unrated_invoiced_amount
    from refunds
    -- Of an item that is in no rung nothing was collected that could have gone back.
    left join unrated
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    where unrated.organization_id is null
    union all
    select
        organization_id, account_id, subscription_id, currency, billing_month,
        null as entitled_amount, null as invoiced_amount, null as credited_amount, null as paid_for_amount,
        null as collected_amount, 0 as refunded_amount, 0 as disputed_amount,
        invoiced_amount as unrated_invoiced_amount
    from unrated
),

final as (
    select
        entries.organization_id,
        entries.account_id,
        coalesce(subscriptions.plan_id, '') as plan_id,
        coalesce(accounts.country, '') as country,
        entries.currency,
        entries.billing_month,
        sum(entries.entitled_amount)::numeric(38, 12) as entitled_amount,
        sum(entries.invoiced_amount)::numeric(38, 12) as invoiced_amount,
        sum(entries.credited_amount)::numeric(38, 12) as credited_amount,
        sum(
            coalesce(entries.credited_amount, entries.invoiced_amount) - entries.paid_for_amount
        )::numeric(38, 12) as prepaid_amount,
        sum(entries.collected_amount)::numeric(38, 12) as collected_amount,
        sum(entries.refunded_amount)::numeric(38, 12) as refunded_amount,
        sum(entries.disputed_amount)::numeric(38, 12) as disputed_amount,
        sum(entries.unrated_invoiced_amount)::numeric(38, 12) as unrated_invoiced_amount
    from entries
    left join accounts
        on
            accounts.organization_id = entries.organization_id
            and accounts.account_id = entries.account_id
    left join subscriptions
        on
            subscriptions.organization_id = entries.organization_id
            and subscriptions.subscription_id = entries.subscription_id
            and subscriptions.account_id = entries.account_id
    where not coalesce(accounts.is_internal, false)
    group by
        entries.organization_id, entries.account_id, coalesce(subscriptions.plan_id, ''),
        coalesce(accounts.country, ''), entries.currency, entries.billing_month
)

select * from final
