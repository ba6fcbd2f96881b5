{#-
  What an insight says, in one sentence with its numbers. insight: alias of a row of int_insight_months with the
  minor_unit of its currency.
-#}
{% macro insight_summary(insight) -%}
    {%- set observed = money_text(insight ~ ".observed", insight) -%}
    {%- set reference = money_text(insight ~ ".reference", insight) -%}
    {%- set amount = money_text(insight ~ ".amount", insight) -%}
    {%- set times = insight_number(insight ~ ".observed") -%}
    {%- set expected = insight_number(insight ~ ".reference") -%}
    {%- set i = insight -%}
    case {{ i }}.kind
        when 'unprofitable_account' then
            'Account ' || {{ i }}.account_id || ' owes ' || {{ observed }}
            || ' and its usage costs ' || {{ reference }} || ': ' || {{ amount }} || ' too little in the month.'
        when 'unprofitable_meter' then
            'Meter ' || {{ i }}.meter_id || ' brings ' || {{ observed }}
            || ' for units that cost ' || {{ reference }} || ': ' || {{ amount }} || ' too little in the month.'
        when 'upsell' then
            'Account ' || {{ i }}.account_id || ' pays ' || {{ observed }}
            || ' and would pay ' || {{ reference }} || ' on plan ' || {{ i }}.detail || ', ' || {{ amount }}
            || ' less in the month.'
        when 'usage_spike' then
            'Account ' || {{ i }}.account_id || ' used meter ' || {{ i }}.meter_id || ' ' || {{ times }}
            || ' times on ' || {{ i }}.detail || ' where ' || {{ expected }} || ' were to be expected.'
        when 'usage_drop' then
            'Account ' || {{ i }}.account_id || ' used meter ' || {{ i }}.meter_id || ' ' || {{ times }}
            || ' times in the week of ' || {{ i }}.detail || ' where ' || {{ expected }} || ' were to be expected.'
        when 'account_at_risk' then
            'Account ' || {{ i }}.account_id || ' is at risk (' || {{ i }}.detail || ')'
            || coalesce(' with ' || {{ observed }} || ' a month.', '.')
    end
{%- endmacro %}

{% macro insight_number(value) -%}
    trim_scale(round({{ value }}, 2))
{%- endmacro %}
