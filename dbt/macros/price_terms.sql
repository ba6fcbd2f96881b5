{#- What a price asks for, without its allowance: two prices with the same terms cost the same from the first unit on. -#}
{% macro price_terms(price) -%}
    jsonb_build_array(
        {{ price }}.charge_model, {{ price }}.currency, {{ price }}.unit_amount, {{ price }}.package_size,
        {{ price }}.package_amount, {{ price }}.rounding, {{ price }}.rate_percent, {{ price }}.fixed_amount,
        {{ price }}.tiers, {{ price }}.zero_usage_flat_fee
    )
{%- endmacro %}
