with
periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

prices as (
    select
        'contract' as side, organization_id, subscription_id, plan_id, item, price_id, currency, valid_from, valid_to
    from {{ ref('stg_contract_prices') }}
    union all
    select
        'billing' as side, organization_id, subscription_id, plan_id, item, price_id, currency, valid_from, valid_to
    from {{ ref('stg_billing_prices') }}
),

-- Two joins, because "the plan's or the subscription's" in one condition cannot be hashed.
candidates as (
    select
        periods.organization_id, periods.subscription_id, periods.period_start, periods.billing_month,
        prices.item, prices.side, prices.price_id, prices.valid_from,
        false as is_own,
        coalesce(prices.currency = periods.currency, false) as is_in_currency
    from periods
    inner join prices
        on
            prices.organization_id = periods.organization_id
            and prices.plan_id = periods.plan_id
            and {{ is_ever_in_force('prices', 'periods') }}
    union all
    select
        periods.organization_id, periods.subscription_id, periods.period_start, periods.billing_month,
        prices.item, prices.side, prices.price_id, prices.valid_from,
        true as is_own,
        coalesce(prices.currency = periods.currency, false) as is_in_currency
    from periods
    inner join prices
        on
            prices.organization_id = periods.organization_id
            and prices.subscription_id = periods.subscription_id
            and {{ is_ever_in_force('prices', 'periods') }}
),

ranked as (
    select
        *,
        rank() over (
            partition by organization_id, subscription_id, period_start, item, side
            order by {{ price_preference() }}
        ) as preference
    from candidates
),

final as (
    select
        organization_id,
        subscription_id,
        period_start,
        item,
        billing_month,
        min(price_id) filter (where side = 'contract') as contract_price_id,
        min(price_id) filter (where side = 'billing') as billing_price_id,
        count(*) filter (where side = 'contract') > 1 or count(*) filter (where side = 'billing') > 1 as is_ambiguous
    from ranked
    where preference = 1
    group by
        organization_id,
        subscription_id,
        period_start,
        item,
        billing_month
)

select * from final
