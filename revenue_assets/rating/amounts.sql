-- The amount of every case of the temporary table rated_cases; its columns are those of terms.Terms and terms.Case.
-- events_amount is what the events of a percentage or dynamic case come to. Until the last step every amount is `whole`
-- times as large, and only then divided, so that an amount on exactly half a minor unit stays there.
with
-- Of what the quantity after the step and the one before it cost, one look at the pieces gives both.
priced as (
    select
        rated_cases.*,
        case when charge_model = 'flat' then coalesce(served, 1) else coalesce(whole, 1) end as share,
        of_pieces.charge_after,
        of_pieces.charge_before,
        case charge_model
            when 'flat' then unit_amount
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
        coalesce(charge_whatever_the_quantity, charge_after) * share * (100 - percent_off) * 0.01 as net_after,
        coalesce(charge_whatever_the_quantity, charge_before) * share * (100 - percent_off) * 0.01
            as net_before,
        minimum_amount * coalesce(served, 1) as minimum_of_period,
        maximum_amount * coalesce(served, 1) as maximum_of_period
    from priced
),

-- least and greatest pass over a missing commitment. They would pass over a missing price too, for which a minimum must
-- not stand in.
stepped as (
    select
        case_id,
        minor_unit,
        whole,
        case when net_after is not null then least(greatest(net_after, minimum_of_period), maximum_of_period) end
        - case
            when billed_before is not null then billed_before * coalesce(whole, 1)
            when quantity_before = 0 then 0
            else least(greatest(net_before, minimum_of_period), maximum_of_period)
        end as amount
    from committed
),

-- The digits of a quotient follow those of what is divided: 50 decimals.
divided as (
    select
        case_id,
        minor_unit,
        case when whole is null then amount else round(amount, 50) / whole end as amount
    from stepped
),

final as (
    select
        case_id,
        case when minor_unit is null then amount else round(amount, minor_unit) end as amount
    from divided
)

select * from final
