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

final as (
    select
        prices.organization_id,
        prices.side,
        prices.price_id,
        piece.above,
        piece.up_to,
        piece.base_amount,
        piece.unit_amount,
        piece.package_size,
        piece.package_amount,
        piece.rounding
    from prices
    cross join
        lateral rating.pieces(
            prices.charge_model, prices.unit_amount, prices.included_units, prices.package_size,
            prices.package_amount, prices.rounding, prices.tiers, prices.zero_usage_flat_fee
        ) as piece
)

select * from final
