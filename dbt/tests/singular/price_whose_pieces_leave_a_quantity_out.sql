-- A row is a price whose pieces do not follow each other from one end of the line to the other: for some quantity it
-- has no amount, or two.
with
pieces as (
    select
        organization_id,
        side,
        price_id,
        above,
        up_to,
        lag(up_to, 1, '-infinity') over pieces_of_price as begins_at,
        lead(above, 1, 'infinity') over pieces_of_price as ends_at
    from {{ ref('int_price_pieces') }}
    window pieces_of_price as (partition by organization_id, side, price_id order by above)
)

select
    organization_id,
    side,
    price_id
from pieces
where
    above <> begins_at
    or up_to <> ends_at
group by organization_id, side, price_id
