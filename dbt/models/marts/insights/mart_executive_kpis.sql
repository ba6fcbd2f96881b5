{{ config(materialized="view", post_hook=[]) }}

{#- A view, because which leaks were recovered is noted after every close: docs/definitions.md#executive-kpis. -#}
with
figures as (
    select * from {{ ref('int_month_figures') }}
),

recovery as (
    select * from {{ ref('int_leak_recovery') }}
),

months as (
    select
        figures.*,
        recovery.noted_amount,
        recovery.resolved_amount,
        round(figures.cancel_intent_customers::numeric / nullif(figures.served_customers, 0), 12)
            as cancel_intent_rate,
        round(figures.leak_under_amount / nullif(figures.entitled_amount, 0), 12) as leak_under_rate,
        round(figures.leak_over_amount / nullif(figures.entitled_amount, 0), 12) as leak_over_rate,
        round(recovery.resolved_amount / nullif(recovery.noted_amount, 0), 12) as leak_recovery_rate,
        round(figures.checked_amount / nullif(figures.checkable_amount, 0), 12) as assurance_coverage_rate
    from figures
    left join recovery
        using (organization_id, currency, month)
),

-- By date and not by the row before: a month that was not closed has none, and is compared with nothing.
final as (
    select
        months.organization_id,
        months.currency,
        months.month,
        months.is_complete,
        {% for kpi, type in executive_kpis().items() -%}
            months.{{ kpi }}::{{ type }} as {{ kpi }},
            previous.{{ kpi }}::{{ type }} as {{ kpi }}_previous,
            case when months.is_complete then months.{{ kpi }} - previous.{{ kpi }} end::{{ type }}
                as {{ kpi }}_change,
        {% endfor -%}
        months.answered_invoices,
        months.failed_invoices,
        months.served_customers,
        months.cancel_intent_customers,
        months.entitled_amount,
        months.leak_under_amount,
        months.leak_over_amount,
        months.noted_amount as noted_leak_amount,
        months.resolved_amount as resolved_leak_amount,
        months.checkable_amount,
        months.checked_amount
    from months
    left join months as previous
        on
            previous.organization_id = months.organization_id
            and previous.currency = months.currency
            and previous.month = (months.month - interval '1 month')::date
)

select * from final
