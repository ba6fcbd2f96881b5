{#- What an insight says, in one sentence with its numbers. insight: alias of a row of int_insight_months. -#}
{% macro insight_summary(insight) -%}
    {%- set observed = insight_number(insight ~ ".observed") -%}
    {%- set reference = insight_number(insight ~ ".reference") -%}
    {%- set amount = insight_number(insight ~ ".amount") -%}
    {%- set i = insight -%}
    case {{ i }}.kind
        when 'unprofitable_account' then
            'Account ' || {{ i }}.account_id || ' owes ' || {{ observed }} || ' ' || {{ i }}.currency
            || ' and its usage costs ' || {{ reference }} || ': ' || {{ amount }} || ' too little in the month.'
        when 'unprofitable_meter' then
            'Meter ' || {{ i }}.meter_id || ' brings ' || {{ observed }} || ' ' || {{ i }}.currency
            || ' for units that cost ' || {{ reference }} || ': ' || {{ amount }} || ' too little in the month.'
        when 'upsell' then
            'Account ' || {{ i }}.account_id || ' pays ' || {{ observed }} || ' ' || {{ i }}.currency
            || ' and would pay ' || {{ reference }} || ' on plan ' || {{ i }}.detail || ', ' || {{ amount }}
            || ' less in the month.'
        when 'usage_spike' then
            'Account ' || {{ i }}.account_id || ' used meter ' || {{ i }}.meter_id || ' ' || {{ observed }}
            || ' times on ' || {{ i }}.detail || ' where ' || {{ reference }} || ' were to be expected.'
        when 'usage_drop' then
            'Account ' || {{ i }}.account_id || ' used meter ' || {{ i }}.meter_id || ' ' || {{ observed }}
            || ' times in the week of ' || {{ i }}.detail || ' where ' || {{ reference }} || ' were to be expected.'
        when 'account_at_risk' then
            'Account ' || {{ i }}.account_id || ' is at risk (' || {{ i }}.detail || ')'
            || coalesce(' with ' || {{ observed }} || ' ' || {{ i }}.currency || ' a month.', '.')
    end
{%- endmacro %}

{% macro insight_number(value) -%}
    trim_scale(round({{ value }}, 2))
{%- endmacro %}
