{#- The figures of mart_executive_kpis that have a month before and a change. Those that are counted stay whole numbers. -#}
{% macro executive_kpis() -%}
    {{ return({
        "total_revenue_amount": "numeric(38, 12)",
        "paying_customers": "bigint",
        "payment_failure_rate": "numeric(38, 12)",
        "average_payment_attempts": "numeric(38, 12)",
        "cancel_intent_rate": "numeric(38, 12)",
        "leak_under_rate": "numeric(38, 12)",
        "leak_over_rate": "numeric(38, 12)",
        "leak_recovery_rate": "numeric(38, 12)",
        "assurance_coverage_rate": "numeric(38, 12)",
    }) }}
{%- endmacro %}
