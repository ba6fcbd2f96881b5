{{ config(materialized="table") }}

{#- What those who had MRR at the end of the month twelve months before have now: docs/definitions.md#mrr-by-month -#}
with
balances as (
    select * from {{ ref('int_account_mrr') }}
    where subscription_mrr_amount is not null
),

observed as (
    select * from {{ ref('int_observed_since') }}
),

-- An account has a row for every month from its first on, so none of them is missing a year later.
final as (
    select
        earlier.organization_id,
        earlier.currency,
        balances.month,
        sum(earlier.subscription_mrr_amount) as year_start_mrr_amount,
        sum(balances.subscription_mrr_amount) as year_net_kept_mrr_amount,
        sum(least(balances.subscription_mrr_amount, earlier.subscription_mrr_amount)) as year_gross_kept_mrr_amount
    from balances as earlier
    inner join balances
        on
            balances.organization_id = earlier.organization_id
            and balances.account_id = earlier.account_id
            and balances.currency = earlier.currency
            and balances.month = (earlier.month + interval '12 months')::date
    inner join observed
        on
            observed.organization_id = earlier.organization_id
            and (earlier.month + interval '1 month') at time zone 'UTC' >= observed.observed_since
    where earlier.subscription_mrr_amount > 0
    group by
        earlier.organization_id,
        earlier.currency,
        balances.month
)

select * from final
