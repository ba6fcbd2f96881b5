-- What a quantity costs under a price, exactly and unrounded: every charge model of quantities is a line in pieces.
-- The rules of the charge models: docs/definitions.md#charge-models. Not here: shares of a period, percentages of
-- single events (they need the events), commitments, discounts and rounding, which belong to an item or a line.

create schema if not exists rating;

-- The pieces of a price, without gap or overlap: the one that contains a quantity has above < quantity <= up_to.
-- `base_amount` is owed as soon as the piece is entered; then `unit_amount` for each unit, or `package_amount` for each
-- package of `package_size`, of those above `above`. No rows: the terms that the charge model needs are missing.
create or replace function rating.pieces(
    charge_model text,
    price_unit_amount numeric,
    included_units numeric,
    price_package_size numeric,
    price_package_amount numeric,
    price_rounding text,
    tiers jsonb,
    zero_usage_flat_fee boolean
)
returns table (
    above numeric,
    up_to numeric,
    base_amount numeric,
    unit_amount numeric,
    package_size numeric,
    package_amount numeric,
    rounding text
)
language sql immutable parallel safe
begin atomic
    -- Tiers count the units beyond the included ones.
    with
    tiers as (
        select
            listed.number,
            coalesce(
                lag((listed.tier ->> 'up_to')::numeric) over (order by listed.number), 0
            ) as above,
            coalesce((listed.tier ->> 'up_to')::numeric, 'infinity') as up_to,
            coalesce((listed.tier ->> 'flat_amount')::numeric, 0) as flat_amount,
            case
                when charge_model = 'graduated_percentage'
                    then coalesce((listed.tier ->> 'rate_percent')::numeric, 0) * 0.01
                else coalesce((listed.tier ->> 'unit_amount')::numeric, 0)
            end as unit_amount
        from jsonb_array_elements(tiers) with ordinality as listed (tier, number)
        where charge_model in ('graduated', 'graduated_percentage', 'volume')
    ),

    -- A volume tier prices all units, those below it too; a graduated one leaves the tiers below as they were.
    tier_pieces as (
        select
            tiers.number,
            tiers.above,
            tiers.up_to,
            tiers.unit_amount,
            tiers.flat_amount + case
                when charge_model = 'volume' then tiers.unit_amount * tiers.above
                else coalesce(
                    sum((tiers.up_to - tiers.above) * tiers.unit_amount + tiers.flat_amount) over below, 0
                )
            end as base_amount,
            tiers.flat_amount
        from tiers
        window below as (order by tiers.number rows between unbounded preceding and 1 preceding)
    )

    select
        tier_pieces.above + included_units,
        tier_pieces.up_to + included_units,
        tier_pieces.base_amount,
        tier_pieces.unit_amount,
        null::numeric,
        null::numeric,
        null::text
    from tier_pieces
    union all
    select
        '-infinity', included_units, case when zero_usage_flat_fee then tier_pieces.flat_amount else 0 end,
        0, null, null, null
    from tier_pieces
    where tier_pieces.number = 1
    union all
    select edges.above, edges.up_to, edges.base_amount, edges.unit_amount, null, null, null
    from (
        values
        ('flat', '-infinity'::numeric, 0::numeric, 0::numeric, 0::numeric),
        ('flat', 0, 'infinity', price_unit_amount, 0),
        ('per_unit', '-infinity', included_units, 0, 0),
        ('per_unit', included_units, 'infinity', 0, price_unit_amount),
        -- Units of a dynamic price are amounts already; an amount per unit multiplies them.
        ('dynamic', '-infinity', 0, 0, 0),
        ('dynamic', 0, 'infinity', 0, coalesce(price_unit_amount, 1))
    ) as edges (charge_model, above, up_to, base_amount, unit_amount)
    where
        edges.charge_model = pieces.charge_model
        and (pieces.charge_model = 'dynamic' or price_unit_amount is not null)
    union all
    select edges.above, edges.up_to, 0, 0, edges.package_size, edges.package_amount, edges.rounding
    from (
        values
        ('-infinity'::numeric, included_units, null::numeric, null::numeric, null::text),
        (included_units, 'infinity', price_package_size, price_package_amount, price_rounding)
    ) as edges (above, up_to, package_size, package_amount, rounding)
    where charge_model = 'package' and price_package_size > 0 and price_package_amount is not null;
end;

-- What a quantity within a piece costs. One expression, so that PostgreSQL puts it in the place of the call. Packages
-- are counted with div and mod, which are exact where a rounded quotient could start one package too many.
create or replace function rating.piece_amount(
    quantity numeric,
    above numeric,
    base_amount numeric,
    unit_amount numeric,
    package_size numeric,
    package_amount numeric,
    rounding text
)
returns numeric
language sql immutable parallel safe
return base_amount + case
    when package_size is not null then package_amount * (
        div(quantity - above, package_size)
        + case when rounding = 'up' and mod(quantity - above, package_size) > 0 then 1 else 0 end
    )
    -- A piece that costs the same throughout may begin at -infinity.
    when unit_amount = 0 then 0
    else unit_amount * (quantity - above)
end;

-- What a quantity costs under a price, unrounded; null when the price lacks the terms that its charge model needs.
create or replace function rating.charge(
    charge_model text,
    unit_amount numeric,
    included_units numeric,
    package_size numeric,
    package_amount numeric,
    rounding text,
    tiers jsonb,
    zero_usage_flat_fee boolean,
    quantity numeric
)
returns numeric
language sql immutable parallel safe
begin atomic
    select
        rating.piece_amount(
            charge.quantity,
            piece.above,
            piece.base_amount,
            piece.unit_amount,
            piece.package_size,
            piece.package_amount,
            piece.rounding
        )
    from rating.pieces(
        charge.charge_model,
        charge.unit_amount,
        charge.included_units,
        charge.package_size,
        charge.package_amount,
        charge.rounding,
        charge.tiers,
        charge.zero_usage_flat_fee
    ) as piece
    where
        charge.quantity > piece.above
        and charge.quantity <= piece.up_to;
end;

-- A column that stands for nothing and keeps the planner from merging the query that has it with the one around it:
-- else an amount that several columns use is worked out again for each. Volatile for that reason; unlike `offset 0` it
-- leaves the work to parallel workers. Only in a view that is read in `from`: a CTE would be written out first.
create or replace function rating.fence()
returns boolean
language sql volatile parallel safe
return true;
