{#- Whether a subscription is in service at an instant: after its start and trial, before its end, in no pause. The same
    rule as the lake's service_windows.sql; greatest() ignores nulls. -#}
{% macro is_served(subscription, at) -%}
    (
        {{ at }} >= greatest({{ subscription }}.started_at, {{ subscription }}.trial_end)
        and {{ at }} < coalesce({{ subscription }}.ended_at, 'infinity'::timestamptz)
        and not (
            {{ at }} >= coalesce({{ subscription }}.pause_start, 'infinity'::timestamptz)
            and {{ at }} < coalesce({{ subscription }}.pause_end, 'infinity'::timestamptz)
        )
    )
{%- endmacro %}
