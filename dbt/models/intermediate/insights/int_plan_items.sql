{#- What each item of a period costs, and would have cost on a higher plan: docs/definitions.md#insights. -#}
with
moves as (
    select * from {{ ref('int_plan_moves') }}
),

items as (
    select * from {{ ref('int_items') }}
    where
        {{ in_build_range('billing_month') }}
        and is_owed
),

ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

prices_in_force as (
    select * from {{ ref('int_prices_in_force') }}
    where {{ in_build_range('billing_month') }}
),

prices as (
    select * from {{ ref('stg_contract_prices') }}
),

-- The fee is an item of every move, because a plan without one may lie below a plan with one.
pairs as (
    select moves.*, items.item, items.units_actual as units
    from moves
    inner join items
        using (organization_id, account_id, subscription_id, period_start, currency)
    where items.item <> 'recurring'
    union all
    select moves.*, 'recurring' as item, 1 as units
    from moves
),

-- The higher plan's price in force; several cannot be told apart.
targets as (
    select
        pairs.organization_id,
        pairs.subscription_id,
        pairs.period_start,
        pairs.target_plan_id,
        pairs.item,
        count(*) as target_prices,
        min(prices.price_id) as target_price_id,
        min(prices.unit_amount) filter (where prices.charge_model = 'flat') as target_fee
    from pairs
    inner join prices
        on
            prices.organization_id = pairs.organization_id
            and prices.plan_id = pairs.target_plan_id
            and prices.item = pairs.item
            and prices.currency = pairs.currency
            and prices.valid_from <= pairs.period_start
            and prices.valid_to > pairs.period_start
    group by pairs.organization_id, pairs.subscription_id, pairs.period_start, pairs.target_plan_id, pairs.item
),

final as (
    select
        pairs.organization_id,
        pairs.account_id,
        pairs.subscription_id,
        pairs.period_start,
        pairs.currency,
        pairs.target_plan_id,
        pairs.item,
        pairs.plan_id,
        pairs.period_end,
        pairs.billing_month,
        pairs.units::numeric(38, 12) as units,
        prices.included_units::numeric(38, 12) as included_units,
        case
            when pairs.item = 'recurring' and items.item is null then 0
            else ladder.entitled_amount
        end::numeric(38, 12) as amount,
        case
            when targets.target_prices > 1 then null
            when pairs.item = 'recurring' and targets.target_prices is null then 0
            when pairs.item = 'recurring' then round(targets.target_fee, pairs.minor_unit)
            else {{ rate('contract', 'targets.target_price_id', 'pairs.units', 'pairs') }}
        end::numeric(38, 12) as target_amount
    from pairs
    left join items
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join ladder
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join prices_in_force
        using (organization_id, subscription_id, item, period_start)
    left join prices
        on
            prices.organization_id = pairs.organization_id
            and prices.price_id = prices_in_force.contract_price_id
    left join targets
        on
            targets.organization_id = pairs.organization_id
            and targets.subscription_id = pairs.subscription_id
            and targets.period_start = pairs.period_start
            and targets.target_plan_id = pairs.target_plan_id
            and targets.item = pairs.item
)

select * from final
