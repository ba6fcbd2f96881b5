{#-
  What an item costs on a rung at the contract's price. Most rungs have the quantity of the first and take over its
  amount. item: alias of a row of int_priced_items; units: its column with the quantity of the rung.
-#}
{% macro rate_rung(rung, units, item) -%}
    case
        when {{ item }}.is_free then 0
        {% if rung == "posted" -%}
            when {{ item }}.is_by_event and {{ item }}.documented_lines = 0 then 0
            when {{ item }}.is_by_event and {{ item }}.{{ units }} = {{ item }}.units_reported
                then round(coalesce({{ item }}.metered_event_amount, 0), {{ item }}.minor_unit)
            -- No event tells what other units cost: what the lines say stands in.
            when {{ item }}.is_by_event
                then {{ item }}.documented_amount - {{ item }}.unmeasured_amount - {{ item }}.repeated_amount
        {% else -%}
            when {{ item }}.is_by_event
                then round(coalesce({{ item }}.{{ rung }}_event_amount, 0), {{ item }}.minor_unit)
        {% endif -%}
        when {{ item }}.{{ units }} = {{ item }}.units_actual then {{ item }}.actual_amount
        when {{ item }}.item = 'recurring'
            then case when {{ item }}.{{ units }} > 0 then {{ item }}.contract_fee else 0 end
        else round({{ rate_in_place(item ~ '.' ~ units, item, 'contract_') }}, {{ item }}.minor_unit)
    end
{%- endmacro %}
