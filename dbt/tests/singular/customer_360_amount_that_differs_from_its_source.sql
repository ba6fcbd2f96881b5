-- A row is an organization, month, currency and measure whose amounts on the customers, in their own currency or beside
-- it, do not sum to their source: recurring revenue, what was owed, billed and paid, or confirmed leaks.
-- Tolerance: none. Amounts of nobody and of internal accounts are in no customer.
{{ config(meta={"dagster": {"ref": {"name": "mart_customer_360"}}}) }}

with
customers as (
    select * from {{ ref('mart_customer_360') }}
),

leaks as (
    select leaks.*
    from {{ ref('revmatch_leaks') }} as leaks
    left join {{ ref('stg_accounts') }} as accounts
        on
            accounts.organization_id = leaks.organization_id
            and accounts.account_id = leaks.account_id
    where leaks.certainty = 'confirmed' and leaks.account_id <> '' and accounts.is_internal is not true
),

here as (
    select
        customers.organization_id, customers.month, customers.currency, measures.measure, measures.amount
    from customers
    cross join
        lateral (
            values
            ('subscription_mrr', customers.subscription_mrr_amount), ('entitled', customers.entitled_amount),
            ('invoiced', customers.invoiced_amount), ('collected', customers.collected_amount),
            ('leak_under', customers.leak_under_amount), ('leak_over', customers.leak_over_amount)
        ) as measures (measure, amount)
    union all
    select
        customers.organization_id, customers.month, others.currency, measures.measure, measures.amount::numeric
    from customers
    cross join lateral jsonb_each(customers.other_amounts) as others (currency, amounts)
    cross join lateral jsonb_each_text(others.amounts) as measures (measure, amount)
    where measures.measure not like 'usage%'
),

source as (
    select organization_id, month, currency, 'subscription_mrr' as measure, subscription_mrr_amount as amount
    from {{ ref('int_account_mrr') }}
    union all
    select
        revenue.organization_id, revenue.billing_month as month, revenue.currency, measures.measure, measures.amount
    from {{ ref('int_account_revenue') }} as revenue
    cross join
        lateral (
            values
            ('entitled', revenue.entitled_amount), ('invoiced', revenue.invoiced_amount),
            ('collected', revenue.collected_amount)
        ) as measures (measure, amount)
    where revenue.account_id <> ''
    union all
    select organization_id, billing_month as month, currency, 'leak_under' as measure, leak_amount as amount
    from leaks
    where leak_amount > 0
    union all
    select organization_id, billing_month as month, currency, 'leak_over' as measure, -leak_amount as amount
    from leaks
    where leak_amount < 0
),

summed as (
    select organization_id, month, currency, measure, sum(amount) as here_amount, 0 as source_amount
    from here
    group by organization_id, month, currency, measure
    union all
    select organization_id, month, currency, measure, 0 as here_amount, sum(amount) as source_amount
    from source
    group by organization_id, month, currency, measure
)

select
    organization_id,
    month,
    currency,
    measure,
    sum(here_amount) as here_amount,
    sum(source_amount) as source_amount
from summed
group by organization_id, month, currency, measure
having coalesce(sum(here_amount), 0) <> coalesce(sum(source_amount), 0)
