{#- Until when the next try may still come: vendors space retries by up to a week. docs/definitions.md#payment-reliability -#}
{% macro retry_may_come_until(last_attempted_at) -%}
    {{ last_attempted_at }} + {{ days(8) }}
{%- endmacro %}

{#- After so long an invoice has had its retries; the card networks' caps are by 30 days as well. Always the same time,
    however the invoice ends: else those that are paid at once would be counted before those that are not. -#}
{% macro retries_are_over_at(first_attempted_at) -%}
    {{ first_attempted_at }} + {{ days(30) }}
{%- endmacro %}
