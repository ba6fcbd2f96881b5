{#-
  The bounds of the 95 % confidence interval of a share of counts, by Wilson's score; null without any trial. Unlike the
  plain normal one it never leaves 0..1 and says something honest at 0 and at 1.
  Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209-212.
-#}
{% macro wilson_low(events, trials) -%}
    case when {{ trials }} > 0 then greatest({{ wilson_bound(events, trials, '-') }}, 0) end
{%- endmacro %}

{% macro wilson_high(events, trials) -%}
    case when {{ trials }} > 0 then least({{ wilson_bound(events, trials, '+') }}, 1) end
{%- endmacro %}

{#- `z`: the normal quantile of another level than 95 %. -#}
{% macro wilson_bound(events, trials, side, z="1.959963984540054") -%}
    {%- set n = "(" ~ trials ~ ")::numeric" -%}
    round(
        (
            ({{ events }}) + {{ z }} * {{ z }} / 2
            {{ side }} {{ z }} * sqrt(({{ events }}) * (1 - ({{ events }}) / {{ n }}) + {{ z }} * {{ z }} / 4)
        ) / ({{ n }} + {{ z }} * {{ z }}),
        12
    )
{%- endmacro %}
