{#- Days in hours: a day's length depends on the session's time zone. -#}
{% macro days(count) -%}
    {{ count }} * interval '24 hours'
{%- endmacro %}

{% macro grace(organization) -%}
    {{ days(organization ~ '.grace_days') }}
{%- endmacro %}

{#- How final a period is, at the instant until which its source has told us everything. Never the clock. -#}
{% macro maturity(period_end, organization) -%}
    case
        when {{ organization }}.as_of < {{ period_end }} then 'open'
        when {{ organization }}.finalized_until < {{ period_end }} then 'in_grace'
        when {{ organization }}.beyond_window_until >= {{ period_end }} then 'beyond_window'
        else 'finalized'
    end
{%- endmacro %}
