{#-
  The share that survives and the bounds of its 95 % confidence interval, from the sum of ln(1 - ended / at risk) and
  Greenwood's sum of ended / (at risk * (at risk - ended)). The interval is symmetric on the scale of log(-log(S)), so
  that it stays in 0..1. Where nobody ended or nobody is left, the variance is 0 and the bounds are the estimate.
  Source: J. D. Kalbfleisch & R. L. Prentice, The Statistical Analysis of Failure Time Data (1980), section 1.3.
-#}
{% macro survival(log_survival, is_used_up) -%}
    round(case when {{ is_used_up }} then 0 else exp({{ log_survival }}) end::numeric, 12)
{%- endmacro %}

{#- What is below exp(-700) is 0 here, and an error in PostgreSQL. -#}
{% macro survival_bound(log_survival, greenwood_sum, is_used_up, side) -%}
    {%- set distance = "1.959963984540054 * sqrt(" ~ greenwood_sum ~ ") / " ~ log_survival -%}
    round(
        case
            when {{ is_used_up }} then 0
            when {{ log_survival }} = 0 then 1
            else exp(greatest({{ log_survival }} * exp({{ side }} {{ distance }}), -700))
        end::numeric,
        12
    )
{%- endmacro %}
