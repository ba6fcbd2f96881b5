{#-
  Incremental strategy: the months of the build range are emptied and filled in one transaction. A month that has no
  rows any more ends empty, which a delete by the keys of the new rows would miss.
-#}
{% macro get_incremental_replace_months_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ in_build_range("billing_month") }};

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{% endmacro %}
