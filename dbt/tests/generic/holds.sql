{#- Rows of which a statement is not true; one that is null (a part is missing) is not true either. -#}
{% test holds(model, statement) %}
    select *
    from {{ model }}
    where ({{ statement }}) is not true
{% endtest %}
