{#-
  The months of this run arrive as session settings (PGOPTIONS), not as --vars, which would make dbt parse the whole
  project again for every range. Without them every month is built.
-#}
{% macro in_build_range(billing_month) -%}
    {{ billing_month }} between
        coalesce(nullif(current_setting('revenue.from_month', true), '')::date, '-infinity'::date)
        and coalesce(nullif(current_setting('revenue.to_month', true), '')::date, 'infinity'::date)
{%- endmacro %}

{#- The UTC month, as the date of its first day, to which the last instant before `moment` belongs. -#}
{% macro month_before(moment) -%}
    date_trunc('month', ({{ moment }} - interval '1 microsecond') at time zone 'UTC')::date
{%- endmacro %}
