{{ config(materialized="table") }}

{#- How reliably customers' payments come in, by the month of the first try and by plan:
    docs/definitions.md#payment-reliability. -#}
with
counts as (
    select
        *,
        (month + interval '1 month') at time zone 'UTC' as ends_at
    from {{ ref('int_payment_counts') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

final as (
    select
        counts.organization_id,
        counts.month,
        counts.plan_id,
        counts.currency,
        counts.immature_invoices = 0
        and organizations.as_of >= {{ retries_are_over_at('counts.ends_at') }} as is_mature,
        {% for count in payment_counts() -%}
            counts.{{ count }},
        {% endfor -%}
        {{ payment_rates('counts') }},
        {{ share_of('counts.attempts', 'counts.invoices') }} as attempts_per_invoice,
        {% for amount in payment_amounts() -%}
            counts.{{ amount }}::numeric(38, 12) as {{ amount }},
        {% endfor -%}
        counts.mature_lost_amount::numeric(38, 12) as mature_lost_amount
    from counts
    inner join organizations
        on organizations.organization_id = counts.organization_id
)

select * from final
