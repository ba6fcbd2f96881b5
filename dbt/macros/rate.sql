{#-
  What `units` cost at a price, to the minor unit, half away from zero (PostgreSQL's round for numeric).
  Null when the charge model has no rule here. The one place where a price becomes an amount.

  price, period, currency: aliases of rows of stg_contract_prices or stg_billing_prices, stg_billing_periods and
  stg_currencies; units: an expression. A flat fee is owed when units > 0, for the served share of its period.
-#}
{% macro rate(price, units, period, currency) -%}
    case {{ price }}.charge_model
        when 'per_unit' then round(
            greatest({{ units }} - {{ price }}.included_units, 0) * {{ price }}.unit_amount, {{ currency }}.minor_unit
        )
        when 'flat' then case when {{ units }} > 0 then {{ prorate(price, period, currency) }} else 0 end
    end
{%- endmacro %}

{#-
  Multiplied before it is divided, and divided with 30 decimals: an amount that lies exactly on half a minor unit stays
  there. A fee for a meter (price with meter_id) is not prorated.
-#}
{% macro prorate(price, period, currency) -%}
    round(
        case
            when {{ price }}.meter_id is not null or {{ price }}.proration = 'none' then {{ price }}.unit_amount
            when {{ price }}.proration = 'second' then
                ({{ price }}.unit_amount * {{ period }}.seconds_in_service)::numeric(68, 30)
                / {{ period }}.seconds_in_period
            else
                ({{ price }}.unit_amount * {{ period }}.days_in_service)::numeric(68, 30)
                / {{ period }}.days_in_period
        end,
        {{ currency }}.minor_unit
    )
{%- endmacro %}
