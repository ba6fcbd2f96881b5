{#- Whether a meter's own prices bring what the units cost that they are for: docs/definitions.md#insights. -#}
with
items as (
    select * from {{ ref('int_item_margins') }}
    where
        {{ in_build_range('billing_month') }}
        and outcome = 'claimed'
        and is_used
        and cost_amount is not null
        and revenue_amount is not null
),

prices_in_force as (
    select * from {{ ref('int_prices_in_force') }}
    where {{ in_build_range('billing_month') }}
),

prices as (
    select * from {{ ref('stg_contract_prices') }}
),

meters as (
    select * from {{ ref('stg_meters') }}
),

-- Included units are paid by the fee, so their cost counts against the account and not against the meter's price.
final as (
    select
        items.organization_id,
        items.meter_id,
        items.currency,
        items.billing_month,
        sum(items.units)::numeric(38, 12) as units,
        sum(greatest(items.units - coalesce(prices.included_units, 0), 0))::numeric(38, 12) as charged_units,
        sum(
            greatest(items.units - coalesce(prices.included_units, 0), 0) * meters.unit_cost
        )::numeric(38, 12) as cost_amount,
        sum(items.revenue_amount)::numeric(38, 12) as revenue_amount
    from items
    inner join meters
        on
            meters.organization_id = items.organization_id
            and meters.meter_id = items.meter_id
    left join prices_in_force
        on
            prices_in_force.organization_id = items.organization_id
            and prices_in_force.subscription_id = items.subscription_id
            and prices_in_force.period_start = items.period_start
            and prices_in_force.item = items.meter_id
    left join prices
        on
            prices.organization_id = prices_in_force.organization_id
            and prices.price_id = prices_in_force.contract_price_id
    group by
        items.organization_id,
        items.meter_id,
        items.currency,
        items.billing_month
)

select * from final
