{#-
  Which price of an item is in force in a period: docs/definitions.md#periods-and-months. Said here once, for the ladder
  (int_prices_in_force) and for MRR (int_fees_in_force). price, period: aliases of a price and of a row with period_start and
  period_end.
-#}

{#- Whether a price is in force at any time of a period. -#}
{% macro is_ever_in_force(price, period) -%}
    {{ price }}.valid_from < {{ period }}.period_end
    and {{ price }}.valid_to > greatest({{ period }}.period_start, {{ price }}.valid_from)
{%- endmacro %}

{#-
  The order in which those are preferred: in force at the start before later in the period; own before the plan's; the
  plan's currency before another; then the version nearest to the start.
-#}
{% macro price_preference() -%}
    valid_from <= period_start desc,
    is_own desc,
    is_in_currency desc,
    greatest(valid_from - period_start, period_start - valid_from)
{%- endmacro %}
