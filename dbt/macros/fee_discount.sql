{#- What granted discounts take off a fee, rounded as on an invoice: never more than the fee. discount: alias of a row with
    percent_off and amount_off, null where there is none. -#}
{% macro fee_discount(fee, discount, minor_unit) -%}
    round(
        least({{ fee }}, {{ fee }} * coalesce({{ discount }}.percent_off, 0) * 0.01 + coalesce({{ discount }}.amount_off, 0)),
        {{ minor_unit }}
    )
{%- endmacro %}
