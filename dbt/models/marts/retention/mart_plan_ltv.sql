{{ config(materialized="table") }}

{#- docs/definitions.md#lifetime-value -#}
with
lifetime_values as (
    select * from {{ ref('int_lifetime_values') }}
    where dimension in ('all', 'plan')
),

final as (
    select
        organization_id,
        member as plan_id,
        currency,
        accounts,
        account_months,
        lost_accounts,
        unrated_account_months,
        uncosted_account_months,
        basis,
        churn_rate as monthly_churn_rate,
        churn_low_rate as monthly_churn_low_rate,
        churn_high_rate as monthly_churn_high_rate,
        margin_rate as gross_margin_rate,
        subscription_arpa_amount,
        usage_arpa_amount,
        arpa_amount,
        usage_cost_amount,
        monthly_amount,
        ltv_amount,
        ltv_low_amount,
        ltv_high_amount,
        ltv_60_months_amount
    from lifetime_values
)

select * from final
