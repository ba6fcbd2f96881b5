{#-
  What a price asks for, without its allowance: two prices with the same terms cost the same from the first unit on.
  On one line, so that it reads like a column where it is used.
-#}
{% macro price_terms(price) -%}
    {%- set columns = [
        "charge_model", "currency", "unit_amount", "package_size", "package_amount", "rounding",
        "rate_percent", "fixed_amount", "transaction_minimum", "transaction_maximum", "tiers", "zero_usage_flat_fee",
    ] -%}
    jsonb_build_array({% for column in columns %}{{ price }}.{{ column }}{{ ", " if not loop.last }}{% endfor %})
{%- endmacro %}
