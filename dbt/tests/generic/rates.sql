{#- Rows with a share outside of 0..1; null is not outside. -#}
{% test rates(model, columns) %}
    select {{ columns | join(", ") }}
    from {{ model }}
    where
        {% for column in columns -%}
            {{ "or " if not loop.first }}{{ column }} < 0 or {{ column }} > 1
        {% endfor %}
{% endtest %}
