{#-
  Rows that share a key, or that have a null in it. With `month`, a column that tells the month in which a row's key is
  looked for, only the months of the build are looked at: those of large tables by day.
-#}
{% test grain(model, columns, month=none) %}
    select
        {{ columns | join(", ") }},
        count(*) as row_count
    from {{ model }}
    {%- if month %}
    where {{ in_build_range(month) }}
    {%- endif %}
    group by {{ columns | join(", ") }}
    having count(*) > 1 or {{ columns | join(" is null or ") }} is null
{% endtest %}
