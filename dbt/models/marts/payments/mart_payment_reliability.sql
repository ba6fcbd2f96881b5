{{ config(materialized="table") }}

{#- How reliably customers' payments come in, by month: docs/definitions.md#payment-reliability. -#}
with
plans as (
    select * from {{ ref('mart_payment_reliability_plan_monthly') }}
),

counts as (
    select
        organization_id,
        month,
        currency,
        {% for count in payment_counts() -%}
            sum({{ count }})::bigint as {{ count }},
        {% endfor -%}
        {% for amount in payment_amounts() -%}
            sum({{ amount }})::numeric(38, 12) as {{ amount }},
        {% endfor -%}
        sum(mature_lost_amount)::numeric(38, 12) as mature_lost_amount,
        bool_and(is_mature) as is_mature
    from plans
    group by organization_id, month, currency
),

final as (
    select
        organization_id,
        month,
        currency,
        is_mature,
        {% for count in payment_counts() -%}
            {{ count }},
        {% endfor -%}
        {{ payment_rates('counts') }},
        {{ share_of('attempts', 'invoices') }} as attempts_per_invoice,
        {% for amount in payment_amounts() -%}
            {{ amount }},
        {% endfor -%}
        mature_lost_amount
    from counts
)

select * from final
