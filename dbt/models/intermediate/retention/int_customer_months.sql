{{ config(materialized="table") }}

{#- Every complete month at whose start an account was a customer and whose loss would be known. -#}
with
started as (
    select * from {{ ref('int_customers_at_start') }}
),

months as (
    select * from {{ ref('int_months') }}
    where is_complete
),

observed as (
    select * from {{ ref('int_observed_since') }}
),

losses as (
    select * from {{ ref('int_churned_accounts') }}
),

-- What a discount, a minimum or a maximum changes of it is part of what usage brings.
usage_revenue as (
    select
        organization_id,
        account_id,
        currency,
        billing_month,
        usage_mrr_amount + agreed_mrr_amount + yearly_usage_amount as usage_amount
    from {{ ref('int_usage_mrr') }}
),

-- A sum that lacks a part is not known.
usage_cost as (
    select
        organization_id,
        account_id,
        currency,
        billing_month,
        case when count(cost_amount) = count(*) then sum(cost_amount) end as cost_amount,
        count(*) > count(cost_amount) as is_unknown
    from {{ ref('int_account_usage_margin') }}
    group by
        organization_id, account_id, currency, billing_month
),

closed as (
    select * from {{ ref('int_closed_months') }}
    where has_usage
),

final as (
    select
        started.organization_id,
        started.account_id,
        started.currency,
        started.month,
        started.plan_id,
        losses.account_id is not null as is_lost,
        closed.organization_id is not null as is_closed,
        started.subscription_amount,
        case when closed.organization_id is not null then coalesce(usage_revenue.usage_amount, 0) end::numeric(38, 12)
            as usage_amount,
        case
            when closed.organization_id is not null and usage_cost.is_unknown is not true
                then coalesce(usage_cost.cost_amount, 0)
        end::numeric(38, 12) as usage_cost_amount
    from started
    inner join months
        on
            months.organization_id = started.organization_id
            and months.month = started.month
    inner join observed
        on
            observed.organization_id = started.organization_id
            and observed.observed_since <= months.starts_at
    left join losses
        on
            losses.organization_id = started.organization_id
            and losses.account_id = started.account_id
            and losses.month = started.month
    left join usage_revenue
        on
            usage_revenue.organization_id = started.organization_id
            and usage_revenue.account_id = started.account_id
            and usage_revenue.currency = started.currency
            and usage_revenue.billing_month = started.month
    left join usage_cost
        on
            usage_cost.organization_id = started.organization_id
            and usage_cost.account_id = started.account_id
            and usage_cost.currency = started.currency
            and usage_cost.billing_month = started.month
    left join closed
        on
            closed.organization_id = started.organization_id
            and closed.billing_month = started.month
)

select * from final
