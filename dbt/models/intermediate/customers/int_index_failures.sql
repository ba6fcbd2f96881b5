{{ config(materialized="table") }}

{#- The failed payments whose consequences are looked at: the first of an episode, followed for 90 days. -#}
with
moments as (
    select * from {{ ref('int_payment_moments') }}
    where has_failed and is_untroubled and is_followed
),

final as (
    select
        organization_id,
        account_id,
        asked_at as failed_at,
        invoice_id,
        month,
        plan_id,
        country,
        tenure_band
    from moments
)

select * from final
