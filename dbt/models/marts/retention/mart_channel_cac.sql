{{ config(materialized="table") }}

{#- docs/definitions.md#acquisition-cost -#}
with
accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

customers as (
    select distinct
        organization_id,
        account_id
    from {{ ref('int_customer_spells') }}
    where plan_id = ''
),

lifetime_values as (
    select * from {{ ref('int_lifetime_values') }}
    where dimension = 'channel'
),

-- What was spent on those who never became customers is a cost of those who did.
acquired as (
    select
        accounts.organization_id,
        coalesce(accounts.acquisition_channel, '') as acquisition_channel,
        accounts.currency,
        count(*) as accounts,
        count(customers.account_id) as customers,
        count(customers.account_id) filter (where accounts.acquisition_cost is null) as customers_without_cost,
        sum(accounts.acquisition_cost) as acquisition_cost_amount
    from accounts
    left join customers
        on
            customers.organization_id = accounts.organization_id
            and customers.account_id = accounts.account_id
    group by
        accounts.organization_id, coalesce(accounts.acquisition_channel, ''), accounts.currency
),

-- Customers who are billed in another currency than their account's have their value in a row of its own.
compared as (
    select
        coalesce(acquired.organization_id, lifetime_values.organization_id) as organization_id,
        coalesce(acquired.acquisition_channel, lifetime_values.member) as acquisition_channel,
        coalesce(acquired.currency, lifetime_values.currency) as currency,
        coalesce(acquired.accounts, 0) as accounts,
        coalesce(acquired.customers, 0) as customers,
        coalesce(acquired.customers_without_cost, 0) as customers_without_cost,
        coalesce(lifetime_values.account_months, 0) as account_months,
        coalesce(lifetime_values.lost_accounts, 0) as lost_accounts,
        lifetime_values.basis,
        lifetime_values.churn_rate as monthly_churn_rate,
        acquired.acquisition_cost_amount,
        acquired.acquisition_cost_amount / nullif(acquired.customers - acquired.customers_without_cost, 0)
            as cac_amount,
        lifetime_values.monthly_amount,
        lifetime_values.ltv_amount,
        lifetime_values.ltv_low_amount,
        lifetime_values.ltv_high_amount
    from acquired
    full outer join lifetime_values
        on
            lifetime_values.organization_id = acquired.organization_id
            and lifetime_values.member = acquired.acquisition_channel
            and lifetime_values.currency = acquired.currency
),

final as (
    select
        organization_id,
        acquisition_channel,
        currency,
        accounts,
        customers,
        customers_without_cost,
        account_months,
        lost_accounts,
        basis,
        monthly_churn_rate,
        round(ltv_amount / nullif(cac_amount, 0), 12)::numeric(38, 12) as ltv_to_cac,
        round(ltv_low_amount / nullif(cac_amount, 0), 12)::numeric(38, 12) as ltv_low_to_cac,
        case when monthly_amount > 0 then round(cac_amount / monthly_amount, 12) end::numeric(38, 12) as payback_months,
        acquisition_cost_amount::numeric(38, 12) as acquisition_cost_amount,
        cac_amount::numeric(38, 12) as cac_amount,
        monthly_amount,
        ltv_amount,
        ltv_low_amount,
        ltv_high_amount
    from compared
)

select * from final
