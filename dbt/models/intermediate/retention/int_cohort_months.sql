{{ config(materialized="table") }}

{#- Every complete month since an account's first MRR in a currency: docs/definitions.md#cohorts. -#}
with
balances as (
    select * from {{ ref('int_account_mrr') }}
    where
        is_complete
        and subscription_mrr_amount is not null
),

begun as (
    select
        balances.*,
        min(case when subscription_mrr_amount > 0 then month end) over of_account as cohort_month
    from balances
    window of_account as (partition by organization_id, account_id, currency)
),

final as (
    select
        organization_id,
        account_id,
        currency,
        month,
        cohort_month,
        (
            extract(year from month) * 12 + extract(month from month)
            - extract(year from cohort_month) * 12 - extract(month from cohort_month)
        )::integer as age_months,
        is_customer,
        unrated_subscriptions,
        first_value(subscription_mrr_amount) over (
            partition by organization_id, account_id, currency order by month
        )::numeric(38, 12) as start_mrr_amount,
        subscription_mrr_amount as mrr_amount
    from begun
    where month >= cohort_month
)

select * from final
