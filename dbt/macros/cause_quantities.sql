{#-
  How many units and events a cause of the ladder is about. Aliases where it is used: causes (of int_leak_causes), rated
  (of int_item_rungs), event_findings (of stg_period_findings) and late_usage; code: the expression of the cause's code.
-#}
{% macro cause_units(code) -%}
    case
        when causes.rung_number = 2 then event_findings.units
        when {{ code }} = 'U4' then late_usage.late_units
        when {{ code }} in ('B1', 'B4', 'B10') then rated.units_reported
        when {{ code }} = 'R7' and rated.documented_lines = 0 then rated.units_reported
        when {{ code }} in ('unposted', 'U10') and rated.is_claimed then rated.units_reported - rated.billed_units
        else rated.billed_units
    end::numeric(38, 12)
{%- endmacro %}

{% macro cause_events(code) -%}
    case
        when causes.rung_number = 2 then event_findings.events
        when {{ code }} = 'U4' then late_usage.late_events
        when {{ code }} in ('B1', 'B4', 'B10') then rated.events
    end
{%- endmacro %}
