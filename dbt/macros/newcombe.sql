{#-
  The bounds of the confidence interval of a difference of two shares, `events / trials` less `of_events / of_trials`, put
  together from the Wilson intervals of both; null where either has no trials. `z` is the normal quantile of the level.
  Source: R. G. Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven
  methods, Statistics in Medicine 17 (1998), 873-890, method 10.
-#}
{% macro newcombe_low(events, trials, of_events, of_trials, z) -%}
    {{ newcombe_bound(events, trials, of_events, of_trials, z, "-", "+") }}
{%- endmacro %}

{% macro newcombe_high(events, trials, of_events, of_trials, z) -%}
    {{ newcombe_bound(events, trials, of_events, of_trials, z, "+", "-") }}
{%- endmacro %}

{% macro newcombe_bound(events, trials, of_events, of_trials, z, side, of_side) -%}
    case
        when ({{ trials }}) > 0 and ({{ of_trials }}) > 0
            then
                round(
                    {{ share(events, trials) }} - {{ share(of_events, of_trials) }}
                    {{ side }} sqrt(
                        ({{ share(events, trials) }} - {{ wilson_bound(events, trials, side, z) }}) ^ 2
                        + ({{ share(of_events, of_trials) }} - {{ wilson_bound(of_events, of_trials, of_side, z) }}) ^ 2
                    ),
                    12
                )
    end
{%- endmacro %}

{% macro share(events, trials) -%}
    ({{ events }})::numeric / ({{ trials }})
{%- endmacro %}
