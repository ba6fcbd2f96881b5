{#- A table, because every item asks for its prices; rebuilt whole, because prices have no month. -#}
{{ config(materialized="incremental", incremental_strategy="replace_all") }}

with
prices as (
    select
        'contract' as side, organization_id, price_id, currency, charge_model, unit_amount, proration, bill_in
    from {{ ref('stg_contract_prices') }}
    union all
    select
        'billing' as side, organization_id, price_id, currency, charge_model, unit_amount, proration, bill_in
    from {{ ref('stg_billing_prices') }}
),

-- Pieces descend, because a quantity at the end of a piece still belongs to it and width_bucket counts what is not
-- greater: the piece of a quantity is element width_bucket(-quantity, piece_ends).
pieces as (
    select
        side,
        organization_id,
        price_id,
        max(price_shape) as price_shape,
        array_agg(-up_to order by above desc) as piece_ends,
        array_agg(
            array[above, base_amount, unit_amount, package_size, package_amount, (rounding = 'up')::integer]
            order by above desc
        ) as piece_terms
    from {{ ref('int_price_pieces') }}
    group by
        side,
        organization_id,
        price_id
),

final as (
    select
        prices.organization_id,
        prices.side,
        prices.price_id,
        prices.currency,
        prices.charge_model,
        prices.proration,
        prices.bill_in,
        pieces.price_shape,
        pieces.piece_ends,
        pieces.piece_terms,
        prices.unit_amount
    from prices
    left join pieces
        using (organization_id, side, price_id)
)

select * from final
