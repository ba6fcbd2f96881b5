{{ config(materialized="table") }}

{#- All amounts of a customer and month in one long list, so that nothing is joined that could multiply or lose one.
    What lacks a part is not known: its amount is null. Amounts of billing periods are in the month in which the period ends;
    those of nobody (a stray line) and of internal accounts are left out. -#}
with
accounts as (
    select * from {{ ref('stg_accounts') }}
),

revenue as (
    select * from {{ ref('int_account_revenue') }}
),

margins as (
    select * from {{ ref('int_account_usage_margin') }}
),

leaks as (
    select * from {{ ref('revmatch_leaks') }}
    where certainty = 'confirmed'
),

mrr as (
    select * from {{ ref('int_account_mrr') }}
),

entries as (
    select
        organization_id, account_id, month, currency, 'subscription_mrr' as measure,
        subscription_mrr_amount as amount
    from mrr
    union all
    select organization_id, account_id, billing_month as month, currency, measures.measure, measures.amount
    from revenue
    cross join
        lateral (
            values ('entitled', entitled_amount), ('invoiced', invoiced_amount), ('collected', collected_amount)
        ) as measures (measure, amount)
    where measures.amount is not null
    union all
    select organization_id, account_id, billing_month as month, currency, measures.measure, measures.amount
    from margins
    cross join
        lateral (
            values ('usage_revenue', revenue_amount), ('usage_cost', cost_amount)
        ) as measures (measure, amount)
    union all
    select
        organization_id, account_id, billing_month as month, currency,
        case when leak_amount > 0 then 'leak_under' else 'leak_over' end as measure,
        abs(leak_amount) as amount
    from leaks
),

final as (
    select
        entries.organization_id,
        entries.account_id,
        entries.month,
        entries.currency,
        entries.measure,
        case when count(entries.amount) = count(*) then sum(entries.amount) end::numeric(38, 12) as amount
    from entries
    left join accounts
        on
            accounts.organization_id = entries.organization_id
            and accounts.account_id = entries.account_id
    where entries.account_id <> '' and accounts.is_internal is not true
    group by
        entries.organization_id, entries.account_id, entries.month, entries.currency, entries.measure
)

select * from final
