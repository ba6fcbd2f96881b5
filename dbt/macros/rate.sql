{#-
  What `units` cost at a price, to the minor unit, half away from zero (PostgreSQL's round for numeric). Null when the
  price has no pieces.

  A subquery for one row, evaluated only where a CASE asks for it: most rungs have the quantity of the first one.
  side: `contract` or `billing`; row: alias of a row with organization_id and minor_unit; price_id, units: expressions.
-#}
{% macro rate(side, price_id, units, row) -%}
    (
        select round({{ piece_amount(units, 'piece') }}, {{ row }}.minor_unit)
        from {{ ref('int_price_pieces') }} as piece
        where
            piece.organization_id = {{ row }}.organization_id
            and piece.side = '{{ side }}'
            and piece.price_id = {{ price_id }}
            and {{ is_in_piece(units, 'piece') }}
    )
{%- endmacro %}

{#- What `units` within a piece cost, exactly: revenue_assets/warehouse/rating.sql. -#}
{% macro piece_amount(units, piece) -%}
    rating.piece_amount(
        {{ units }}, {{ piece }}.above, {{ piece }}.base_amount, {{ piece }}.unit_amount,
        {{ piece }}.package_size, {{ piece }}.package_amount, {{ piece }}.rounding
    )
{%- endmacro %}

{#- Of the pieces of a price exactly one contains a quantity. -#}
{% macro is_in_piece(units, piece) -%}
    {{ units }} > {{ piece }}.above and {{ units }} <= {{ piece }}.up_to
{%- endmacro %}

{#-
  A recurring fee for the served share of its period; null when the price is none. price, period: aliases of rows of
  int_prices and of stg_billing_periods; a period that is missing is whole.
  Multiplied before it is divided, and divided with 30 decimals: an amount that lies exactly on half a minor unit stays
  there.
-#}
{% macro prorate(price, period, minor_unit) -%}
    round(
        case
            when {{ price }}.charge_model <> 'flat' then null
            when {{ price }}.proration = 'none' or {{ period }}.period_start is null then {{ price }}.unit_amount
            when {{ price }}.proration = 'second' then
                ({{ price }}.unit_amount * {{ period }}.seconds_in_service)::numeric(68, 30)
                / {{ period }}.seconds_in_period
            else
                ({{ price }}.unit_amount * {{ period }}.days_in_service)::numeric(68, 30)
                / {{ period }}.days_in_period
        end,
        {{ minor_unit }}
    )
{%- endmacro %}
