{{ config(materialized="view", post_hook=[]) }}

with
rates as (
    select * from {{ ref('stg_fx_rates') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

-- Where only the other direction is delivered, it is turned round: an amount is divided by it, which loses nothing.
both_directions as (
    select
        organization_id, base, quote, day,
        rate as multiplier,
        1 as divisor
    from rates
    union all
    select
        turned.organization_id, turned.quote as base, turned.base as quote, turned.day,
        1 as multiplier,
        turned.rate as divisor
    from rates as turned
    left join rates as direct
        on
            direct.organization_id = turned.organization_id
            and direct.base = turned.quote
            and direct.quote = turned.base
            and direct.day = turned.day
    where direct.base is null
),

final as (
    select
        both_directions.organization_id,
        both_directions.base,
        both_directions.quote,
        both_directions.day,
        both_directions.multiplier,
        both_directions.divisor,
        currencies.minor_unit
    from both_directions
    inner join currencies
        on currencies.currency = both_directions.quote
)

select * from final
