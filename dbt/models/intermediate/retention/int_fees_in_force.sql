{{ config(materialized="table") }}

{#- The recurring fee of every subscription in service at the end of a month: the contract's price in force in the
    billing period that runs then, chosen as in int_prices_in_force. -#}
with
served as (
    select * from {{ ref('int_subscription_months') }}
    where is_in_service
),

prices as (
    select * from {{ ref('stg_contract_prices') }}
    where item = 'recurring'
),

candidates as (
    select
        served.organization_id,
        served.subscription_id,
        served.month,
        served.period_start,
        false as is_own,
        coalesce(prices.currency = served.currency, false) as is_in_currency,
        prices.valid_from,
        prices.price_id,
        prices.currency,
        prices.charge_model,
        prices.unit_amount
    from served
    inner join prices
        on
            prices.organization_id = served.organization_id
            and prices.plan_id = served.plan_id
            and {{ is_ever_in_force('prices', 'served') }}
    union all
    select
        served.organization_id,
        served.subscription_id,
        served.month,
        served.period_start,
        true as is_own,
        coalesce(prices.currency = served.currency, false) as is_in_currency,
        prices.valid_from,
        prices.price_id,
        prices.currency,
        prices.charge_model,
        prices.unit_amount
    from served
    inner join prices
        on
            prices.organization_id = served.organization_id
            and prices.subscription_id = served.subscription_id
            and {{ is_ever_in_force('prices', 'served') }}
),

ranked as (
    select
        *,
        rank() over (
            partition by organization_id, subscription_id, month
            order by {{ price_preference() }}
        ) as preference
    from candidates
),

-- Several that are equally in force cannot be told apart, and a fee that is not flat has no rule: both are unknown.
final as (
    select
        organization_id,
        subscription_id,
        month,
        min(price_id) as price_id,
        min(currency) as currency,
        case when count(*) = 1 and min(charge_model) = 'flat' then min(unit_amount) end::numeric(38, 12) as fee_amount
    from ranked
    where preference = 1
    group by
        organization_id,
        subscription_id,
        month
)

select * from final
