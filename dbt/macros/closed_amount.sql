{#- An amount of a customer that is known only of closed months, and only where what it comes from is delivered: 0 without
    any there, null elsewhere. -#}
{% macro closed_amount(measure, is_known) -%}
    case
        when months.is_closed and {{ is_known }} then coalesce(money.{{ measure }}_amount, 0)
    end::numeric(38, 12)
{%- endmacro %}
