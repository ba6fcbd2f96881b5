{#- How the monthly narrative writes numbers: docs/definitions.md#monthly-narrative. None of these depends on a locale. -#}

{#- An amount with the decimals of its currency, thousands apart: 1,234.50 USD. -#}
{% macro money_text(amount, row) -%}
    to_char(
        round({{ amount }}, {{ row }}.minor_unit),
        'FM999,999,999,999,999,990' || case when {{ row }}.minor_unit > 0 then '.' || repeat('0', {{ row }}.minor_unit) else '' end
    ) || ' ' || {{ row }}.currency
{%- endmacro %}

{#- A rate in percent with one decimal; what would be rounded to nothing is said to be little. -#}
{% macro percent_text(rate) -%}
    case
        when {{ rate }} > 0 and {{ rate }} < 0.0005 then 'less than 0.1%'
        else to_char(round(100 * {{ rate }}, 1), 'FM999,999,990.0') || '%'
    end
{%- endmacro %}

{#- The difference of two rates, without its sign. -#}
{% macro points_text(change) -%}
    to_char(round(100 * abs({{ change }}), 1), 'FM999,990.0')
    || case when round(100 * abs({{ change }}), 1) = 1 then ' percentage point' else ' percentage points' end
{%- endmacro %}

{#- So many of something, in the number that fits: 1 finding, 2,000 findings. -#}
{% macro counted(count, one, many=none) -%}
    to_char({{ count }}, 'FM999,999,999,990') || case when {{ count }} = 1 then ' {{ one }}' else ' {{ many or one ~ "s" }}' end
{%- endmacro %}

{% macro month_text(month) -%}
    to_char({{ month }}, 'FMMonth YYYY')
{%- endmacro %}

{% macro day_text(moment) -%}
    to_char({{ moment }} at time zone 'UTC', 'FMDD FMMonth YYYY')
{%- endmacro %}

{#- What is to be done about so many findings, as an order. -#}
{% macro remedy_text(remedy, count) -%}
    {%- set orders = {
        "send_meter_event": "send the missing meter events of ",
        "draft_invoice": "draft invoices for ",
        "retry_payment": "try again to collect ",
        "fix_price": "correct the prices and bill the difference of ",
        "update_payment_method": "ask for other means of payment for ",
    } -%}
    case {{ remedy }}
        {% for remedy_of, order in orders.items() -%}
            when '{{ remedy_of }}' then '{{ order }}'
        {% endfor -%}
        else 'settle '
    end || {{ counted(count, 'finding') }}
{%- endmacro %}
