{#-
  An amount of a line's document in the currency of its item, rounded once, half away from zero; as it is where both are
  the same or no rate of the day of issue is known. line: alias of a row of int_item_lines.
-#}
{% macro in_currency_of_item(amount, line) -%}
    case
        when {{ line }}.is_converted
            then
                round(
                    (({{ amount }}) * {{ line }}.fx_multiplier)::numeric(68, 30) / {{ line }}.fx_divisor,
                    {{ line }}.minor_unit
                )
        else {{ amount }}
    end
{%- endmacro %}
