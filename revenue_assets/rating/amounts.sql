-- The amount of every case of the temporary table rated_cases; its columns are those of terms.Terms and terms.Case.
-- events_amount is what the events of a percentage come to. A share of a period is multiplied before it is divided, and
-- divided with 30 decimals, so that an amount on exactly half a minor unit stays there.
with
charged as (
    select
        rated_cases.*,
        case charge_model
            when 'percentage' then events_amount
            when 'flat' then round(unit_amount * coalesce(served, 1), 30) / coalesce(whole, 1)
            else rating.charge(
                charge_model, unit_amount, included_units, package_size, package_amount, rounding, tiers,
                zero_usage_flat_fee, quantity_before + quantity
            )
        end as charge,
        case
            when billed_before is null and quantity_before > 0 and charge_model not in ('percentage', 'flat')
                then rating.charge(
                    charge_model, unit_amount, included_units, package_size, package_amount, rounding, tiers,
                    zero_usage_flat_fee, quantity_before
                )
        end as charge_before
    from rated_cases
),

-- Of a partial period a commitment is owed for the served share; least and greatest pass over a missing one.
committed as (
    select
        charged.*,
        charge * (100 - percent_off) * 0.01 as net,
        charge_before * (100 - percent_off) * 0.01 as net_before,
        round(minimum_amount * coalesce(served, 1), 30) / coalesce(whole, 1) as minimum_of_period,
        round(maximum_amount * coalesce(served, 1), 30) / coalesce(whole, 1) as maximum_of_period
    from charged
),

stepped as (
    select
        case_id,
        minor_unit,
        -- A price without the terms that its model needs has no amount, and a minimum must not stand in for it.
        case when net is not null then least(greatest(net, minimum_of_period), maximum_of_period) end
        - case
            when billed_before is not null then billed_before
            when charge_before is not null
                then least(greatest(net_before, minimum_of_period), maximum_of_period)
            else 0
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
