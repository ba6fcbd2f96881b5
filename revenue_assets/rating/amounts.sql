-- The amount of every case of the temporary table rated_cases; its columns are those of terms.Terms and terms.Case.
-- events_amount is what the events of a percentage or dynamic case come to. A share of a period is multiplied before it
-- is divided, and divided with 30 decimals, so that an amount on exactly half a minor unit stays there.
with
-- Of what the quantity after the step and the one before it cost, one look at the pieces gives both.
priced as (
    select
        rated_cases.*,
        of_pieces.charge_after,
        of_pieces.charge_before,
        case charge_model
            when 'flat' then round(unit_amount * coalesce(served, 1), 30) / coalesce(whole, 1)
            when 'percentage' then events_amount
            when 'dynamic' then events_amount * unit_amount
        end as charge_whatever_the_quantity
    from rated_cases
    cross join lateral (
        select
            max(
                rating.piece_amount(
                    quantity_before + quantity,
                    above, base_amount, piece.unit_amount, piece.package_size, piece.package_amount, piece.rounding
                )
            ) filter (where quantity_before + quantity > above and quantity_before + quantity <= up_to)
                as charge_after,
            max(
                rating.piece_amount(
                    quantity_before,
                    above, base_amount, piece.unit_amount, piece.package_size, piece.package_amount, piece.rounding
                )
            ) filter (where quantity_before > above and quantity_before <= up_to) as charge_before
        from rating.pieces(
            charge_model, rated_cases.unit_amount, included_units, rated_cases.package_size,
            rated_cases.package_amount, rated_cases.rounding, tiers, zero_usage_flat_fee
        ) as piece
    ) as of_pieces
),

-- Of a partial period a commitment is owed for the served share.
committed as (
    select
        priced.*,
        coalesce(charge_whatever_the_quantity, charge_after) * (100 - percent_off) * 0.01 as net_after,
        coalesce(charge_whatever_the_quantity, charge_before) * (100 - percent_off) * 0.01 as net_before,
        round(minimum_amount * coalesce(served, 1), 30) / coalesce(whole, 1) as minimum_of_period,
        round(maximum_amount * coalesce(served, 1), 30) / coalesce(whole, 1) as maximum_of_period
    from priced
),

-- least and greatest pass over a missing commitment. They would pass over a missing price too, for which a minimum must
-- not stand in.
stepped as (
    select
        case_id,
        minor_unit,
        case when net_after is not null then least(greatest(net_after, minimum_of_period), maximum_of_period) end
        - case
            when billed_before is not null then billed_before
            when quantity_before = 0 then 0
            else least(greatest(net_before, minimum_of_period), maximum_of_period)
        end as amount
    from committed
),

final as (
    select
        case_id,
        case when minor_unit is null then amount else round(amount, minor_unit) end as amount
    from stepped
)

select * from final
