{#- Rows that share a key, or that have a null in it. -#}
{% test grain(model, columns) %}
    select
        {{ columns | join(", ") }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(", ") }}
    having count(*) > 1 or {{ columns | join(" is null or ") }} is null
{% endtest %}
