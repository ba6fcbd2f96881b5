{#-
  Incremental strategy: the months of the build range are emptied and filled in one transaction. A month that has no
  rows any more ends empty, which a delete by the keys of the new rows would miss. The month of a table is its
  `billing_month`, or its `month` where it is none of billing periods.
-#}
{% macro get_incremental_replace_months_sql(arg_dict) %}
    {%- set names = arg_dict["dest_columns"] | map(attribute="name") | list -%}
    {%- set columns = get_quoted_csv(names) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ in_build_range("billing_month" if "billing_month" in names else "month") }};

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{% endmacro %}

{#-
  The same for what is built whole: emptied and filled in place. Unlike a table that is made anew it takes no view with
  it that reads it, when it alone is built.
-#}
{% macro get_incremental_replace_all_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name") | list) -%}
    delete from {{ arg_dict["target_relation"] }};

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict["temp_relation"] }}
{% endmacro %}
