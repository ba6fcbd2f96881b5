{#-
  PostgreSQL guesses a handful of rows behind our joins on four and more columns. Then it nests loops, or merges by one of
  the columns and compares all the rest, which takes hours at a million rows. Whole months are read here: hashing the
  whole key is never worse. For the model's transaction only.
-#}
{% macro plan_for_batches() -%}
    set local enable_nestloop = off; set local enable_mergejoin = off; set local work_mem = '64MB'
{%- endmacro %}
