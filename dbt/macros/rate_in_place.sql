{#-
  What `units` cost under a price, exactly, from its pieces in one row of int_prices: no look-up, which only one process
  could do. row: alias of a row with piece_ends and piece_terms, `prefix` before each.
-#}
{% macro rate_in_place(units, row, prefix="") -%}
    {%- set terms = row ~ "." ~ prefix ~ "piece_terms" -%}
    {%- set place = "width_bucket(-" ~ units ~ ", " ~ row ~ "." ~ prefix ~ "piece_ends)" -%}
    rating.piece_amount(
        {{ units }}, {{ terms }}[{{ place }}][1], {{ terms }}[{{ place }}][2], {{ terms }}[{{ place }}][3],
        {{ terms }}[{{ place }}][4], {{ terms }}[{{ place }}][5],
        case {{ terms }}[{{ place }}][6] when 1 then 'up' else 'down' end
    )
{%- endmacro %}
