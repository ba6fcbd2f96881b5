{#-
  The share of one line in an amount that belongs to the whole document, in proportion to the lines' amounts and exact
  in sum: the difference of two cumulative shares, each rounded to the minor unit; the last line takes what is left.
  When the lines sum to zero there is no proportion, and the last line takes all.
-#}
{% macro allocate(total, amount, amount_so_far, amount_of_all, is_last, minor_unit) -%}
    case
        when {{ amount_of_all }} = 0 then case when {{ is_last }} then {{ total }} else 0 end
        when {{ is_last }} then
            {{ total }}
            - round({{ total }} * ({{ amount_so_far }} - {{ amount }}) / {{ amount_of_all }}, {{ minor_unit }})
        else
            round({{ total }} * {{ amount_so_far }} / {{ amount_of_all }}, {{ minor_unit }})
            - round({{ total }} * ({{ amount_so_far }} - {{ amount }}) / {{ amount_of_all }}, {{ minor_unit }})
    end
{%- endmacro %}
