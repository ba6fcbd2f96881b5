{#- A table, because items look up one piece at a time; rebuilt whole, because prices have no month. -#}
{{ config(
    materialized="table",
    indexes=[{"columns": ["organization_id", "side", "price_id"]}],
) }}

with
prices as (
    select
        'contract' as side, organization_id, price_id, charge_model, unit_amount, included_units,
        package_size, package_amount, rounding, tiers, zero_usage_flat_fee
    from {{ ref('stg_contract_prices') }}
    union all
    select
        'billing' as side, organization_id, price_id, charge_model, unit_amount, included_units,
        package_size, package_amount, rounding, tiers, zero_usage_flat_fee
    from {{ ref('stg_billing_prices') }}
),

pieces as (
    select
        prices.organization_id,
        prices.side,
        prices.price_id,
        piece.*
    from prices
    cross join
        lateral rating.pieces(
            prices.charge_model, prices.unit_amount, prices.included_units, prices.package_size,
            prices.package_amount, prices.rounding, prices.tiers, prices.zero_usage_flat_fee
        ) as piece
),

-- Two prices of equal shape cost the same, whatever the quantity.
final as (
    select
        organization_id,
        side,
        price_id,
        above,
        up_to,
        md5(
            string_agg(
                row(above, up_to, base_amount, unit_amount, package_size, package_amount, rounding)::text, ' '
            ) over (
                partition by organization_id, side, price_id
                order by above rows between unbounded preceding and unbounded following
            )
        ) as price_shape,
        base_amount,
        unit_amount,
        package_size,
        package_amount,
        rounding
    from pieces
)

select * from final
