{{ config(materialized="view", post_hook=[]) }}

with
periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

commitments as (
    select * from {{ ref('stg_commitments') }}
),

discounts as (
    select * from {{ ref('stg_discounts') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where is_internal
),

-- In force at the period's start, like a price; for the served share of the period, by days.
committed as (
    select
        periods.organization_id,
        periods.subscription_id,
        periods.period_start,
        sum(commitments.amount) filter (where commitments.kind = 'minimum') as minimum_amount,
        min(commitments.amount) filter (where commitments.kind = 'maximum') as maximum_amount
    from periods
    inner join commitments
        on
            commitments.organization_id = periods.organization_id
            and commitments.subscription_id = periods.subscription_id
            and commitments.currency = periods.currency
            and commitments.valid_from <= periods.period_start
            and commitments.valid_to > periods.period_start
    group by
        periods.organization_id,
        periods.subscription_id,
        periods.period_start
),

discounted as (
    select distinct
        periods.organization_id,
        periods.subscription_id,
        periods.period_start
    from periods
    inner join discounts
        on
            discounts.organization_id = periods.organization_id
            and discounts.subscription_id = periods.subscription_id
            and discounts.valid_from <= periods.period_start
            and discounts.valid_to > periods.period_start
),

final as (
    select
        periods.organization_id,
        periods.account_id,
        periods.subscription_id,
        periods.period_start,
        periods.currency,
        periods.period_end,
        periods.billing_month,
        currencies.minor_unit,
        discounted.organization_id is not null as is_discounted,
        round(
            (committed.minimum_amount * periods.days_in_service)::numeric(68, 30) / periods.days_in_period,
            currencies.minor_unit
        ) as minimum_amount,
        round(
            (committed.maximum_amount * periods.days_in_service)::numeric(68, 30) / periods.days_in_period,
            currencies.minor_unit
        ) as maximum_amount
    from periods
    inner join currencies
        on currencies.currency = periods.currency
    left join accounts
        on
            accounts.organization_id = periods.organization_id
            and accounts.account_id = periods.account_id
    left join committed
        on
            committed.organization_id = periods.organization_id
            and committed.subscription_id = periods.subscription_id
            and committed.period_start = periods.period_start
    left join discounted
        on
            discounted.organization_id = periods.organization_id
            and discounted.subscription_id = periods.subscription_id
            and discounted.period_start = periods.period_start
    where
        accounts.account_id is null
        and (committed.organization_id is not null or discounted.organization_id is not null)
)

select * from final
