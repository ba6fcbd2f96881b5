{#-
  PostgreSQL guesses a handful of rows behind our joins on four and more columns and then nests loops, which takes hours
  at a million rows. Whole months are read here: hashing is never worse. For the model's transaction only.
-#}
{% macro plan_for_batches() -%}
    set local enable_nestloop = off; set local work_mem = '64MB'
{%- endmacro %}
