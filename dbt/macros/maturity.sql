{#- Grace in hours: a day's length depends on the session's time zone. -#}
{% macro grace(organization) -%}
    {{ organization }}.grace_days * interval '24 hours'
{%- endmacro %}

{#- How final a period is, at the instant until which its source has told us everything. Never the clock. -#}
{% macro maturity(period_end, organization) -%}
    case
        when {{ organization }}.as_of < {{ period_end }} then 'open'
        when {{ organization }}.as_of < {{ period_end }} + {{ grace(organization) }} then 'in_grace'
        else 'finalized'
    end
{%- endmacro %}
