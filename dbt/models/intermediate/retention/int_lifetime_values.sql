{{ config(materialized="table") }}

{#- What a customer of a plan, of a channel or of all brings until it leaves: docs/definitions.md#lifetime-value. -#}
with
months as (
    select * from {{ ref('int_customer_months') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

grouped as (
    select
        months.organization_id,
        months.currency,
        case
            when grouping(months.plan_id) = 0 then 'plan'
            when grouping(coalesce(accounts.acquisition_channel, '')) = 0 then 'channel'
            else 'all'
        end as dimension,
        coalesce(months.plan_id, coalesce(accounts.acquisition_channel, ''), '') as member,
        count(distinct months.account_id) as accounts,
        count(*) as account_months,
        count(*) filter (where months.is_lost) as lost_accounts,
        count(*) filter (where months.subscription_amount is null) as unrated_account_months,
        count(*) filter (where months.is_closed and months.usage_cost_amount is null) as uncosted_account_months,
        avg(months.subscription_amount) as subscription_arpa_amount,
        avg(months.usage_amount) as usage_arpa_amount,
        avg(months.usage_cost_amount) as usage_cost_amount
    from months
    inner join accounts
        on
            accounts.organization_id = months.organization_id
            and accounts.account_id = months.account_id
    group by
        grouping sets (
            (months.organization_id, months.currency),
            (months.organization_id, months.currency, months.plan_id),
            (months.organization_id, months.currency, coalesce(accounts.acquisition_channel, ''))
        )
),

-- Where a cost is unknown, so is the margin, and the revenue stands in for it.
averaged as (
    select
        grouped.*,
        case
            when subscription_arpa_amount is null then null
            when uncosted_account_months = 0 and usage_cost_amount is not null then 'margin'
            else 'revenue'
        end as basis,
        subscription_arpa_amount + coalesce(usage_arpa_amount, 0) as arpa_amount,
        round(lost_accounts::numeric / account_months, 12) as churn_rate,
        {{ wilson_low('lost_accounts', 'account_months') }} as churn_low_rate,
        {{ wilson_high('lost_accounts', 'account_months') }} as churn_high_rate
    from grouped
),

earned as (
    select
        averaged.*,
        arpa_amount - case when basis = 'margin' then usage_cost_amount else 0 end as monthly_amount
    from averaged
),

final as (
    select
        organization_id,
        currency,
        dimension,
        member,
        accounts,
        account_months,
        lost_accounts,
        unrated_account_months,
        uncosted_account_months,
        basis,
        churn_rate::numeric(38, 12) as churn_rate,
        churn_low_rate::numeric(38, 12) as churn_low_rate,
        churn_high_rate::numeric(38, 12) as churn_high_rate,
        case when basis = 'margin' then round(monthly_amount / nullif(arpa_amount, 0), 12) end::numeric(38, 12)
            as margin_rate,
        subscription_arpa_amount::numeric(38, 12) as subscription_arpa_amount,
        usage_arpa_amount::numeric(38, 12) as usage_arpa_amount,
        arpa_amount::numeric(38, 12) as arpa_amount,
        case when basis = 'margin' then usage_cost_amount end::numeric(38, 12) as usage_cost_amount,
        monthly_amount::numeric(38, 12) as monthly_amount,
        (monthly_amount / nullif(churn_rate, 0))::numeric(38, 12) as ltv_amount,
        -- A loss per month grows with the time that they stay.
        case
            when monthly_amount < 0 then monthly_amount / nullif(churn_low_rate, 0)
            else monthly_amount / churn_high_rate
        end::numeric(38, 12) as ltv_low_amount,
        case
            when monthly_amount < 0 then monthly_amount / churn_high_rate
            else monthly_amount / nullif(churn_low_rate, 0)
        end::numeric(38, 12) as ltv_high_amount,
        case
            when churn_rate = 0 then monthly_amount * 60
            else monthly_amount * (1 - (1 - churn_rate) ^ 60) / churn_rate
        end::numeric(38, 12) as ltv_60_months_amount
    from earned
)

select * from final
