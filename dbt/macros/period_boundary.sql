{#- The local date in a month on which whole billing periods begin; an anchor day that the month lacks is its last day. -#}
{% macro boundary_in(month, day) -%}
    (
        ({{ month }})::date
        + least({{ day }}, extract(day from ({{ month }}) + interval '1 month' - interval '1 day')::integer)
        - 1
    )
{%- endmacro %}
