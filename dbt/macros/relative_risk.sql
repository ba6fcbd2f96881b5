{#-
  The standard error of the logarithm of a relative risk, `events / trials` over `of_events / of_trials`; null unless both
  sides have an event. Source: D. Katz, J. Baptista, S. P. Azen, M. C. Pike, Obtaining confidence intervals for the risk
  ratio in cohort studies, Biometrics 34 (1978), 469-474, method C.
-#}
{% macro log_risk_error(events, trials, of_events, of_trials) -%}
    case
        when ({{ events }}) > 0 and ({{ of_events }}) > 0
            then sqrt(1.0 / ({{ events }}) - 1.0 / ({{ trials }}) + 1.0 / ({{ of_events }}) - 1.0 / ({{ of_trials }}))
    end
{%- endmacro %}
