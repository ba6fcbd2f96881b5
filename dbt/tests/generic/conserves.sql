{#-
  Keys for which a sum of the model is not that of its source: what is added up must be neither lost nor doubled.
  `by`: columns of both; a key that only one side has counts as zero on the other. `where` and `of_where` narrow each
  side, `month` both to the months of the build.
-#}
{% test conserves(model, column_name, of, of_column, by, where="true", of_where="true", month=none) %}
    with
    here as (
        select {{ by | join(", ") }}, sum({{ column_name }}) as amount
        from {{ model }}
        where {{ where }}{{ " and " ~ in_build_range(month) if month }}
        group by {{ by | join(", ") }}
    ),

    source as (
        select {{ by | join(", ") }}, sum({{ of_column }}) as amount
        from {{ of }}
        where {{ of_where }}{{ " and " ~ in_build_range(month) if month }}
        group by {{ by | join(", ") }}
    )

    select {{ by | join(", ") }}, here.amount, source.amount as source_amount
    from here
    full outer join source using ({{ by | join(", ") }})
    where coalesce(here.amount, 0) <> coalesce(source.amount, 0)
{% endtest %}
