{#-
  The months of this run arrive as session settings (PGOPTIONS), not as --vars, which would make dbt parse the whole
  project again for every range. Without them every month is built. revenue_assets/warehouse/build_range.sql
-#}
{% macro in_build_range(billing_month) -%}
    {{ billing_month }} between lake.from_month() and lake.to_month()
{%- endmacro %}

{#- The UTC month, as the date of its first day, to which the last instant before `moment` belongs. -#}
{% macro month_before(moment) -%}
    date_trunc('month', ({{ moment }} - interval '1 microsecond') at time zone 'UTC')::date
{%- endmacro %}
