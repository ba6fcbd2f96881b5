{{ config(materialized="table") }}

{#- All that is known of a customer, by month: docs/definitions.md#customer-360. -#}
{%- set usage_revenue = closed_amount("usage_revenue", "money.is_usage_revenue_unknown is not true") -%}
{%- set usage_cost = closed_amount("usage_cost", "money.is_usage_cost_unknown is not true") -%}
with
organizations as (
    select * from {{ ref('stg_organizations') }}
),

months as (
    select * from {{ ref('int_account_months') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

status as (
    select * from {{ ref('int_customer_status') }}
),

money as (
    select * from {{ ref('int_account_money') }}
),

used as (
    select * from {{ ref('int_account_units') }}
),

payments as (
    select * from {{ ref('int_account_payments') }}
),

engagement as (
    select * from {{ ref('mart_engagement') }}
),

known_engagement as (
    select * from {{ ref('int_engagement_months') }}
),

final as (
    select
        months.organization_id,
        months.account_id,
        months.month,
        months.is_complete,
        months.is_closed,
        status.plan_id,
        status.is_customer,
        status.risk_segment,
        status.risk_reasons,
        case when months.is_closed then coalesce(used.units_by_meter, '{}'::jsonb) end as units_by_meter,
        case when months.is_closed then coalesce(used.unclaimed_events, 0) end as unclaimed_events,
        case when organizations.has_payments then coalesce(payments.tried_invoices, 0) end as tried_invoices,
        case when organizations.has_payments then coalesce(payments.payment_attempts, 0) end as payment_attempts,
        case when organizations.has_payments then coalesce(payments.failed_attempts, 0) end as failed_attempts,
        case when organizations.has_payments then coalesce(payments.lost_invoices, 0) end as lost_invoices,
        case when known_engagement.month is not null then coalesce(engagement.active_days, 0) end as active_days,
        engagement.active_days_change,
        case when known_engagement.month is not null then coalesce(engagement.cancel_intents, 0) end
            as cancel_intents,
        coalesce(accounts.currency, money.currency) as currency,
        money.other_amounts is not null as has_other_currencies,
        money.other_amounts,
        case when organizations.has_contract then coalesce(money.subscription_mrr_amount, 0) end::numeric(38, 12)
            as subscription_mrr_amount,
        {{ closed_amount('entitled', 'organizations.has_contract') }} as entitled_amount,
        {{ closed_amount('invoiced', 'organizations.has_invoices') }} as invoiced_amount,
        {{ closed_amount('collected', 'organizations.has_payments') }} as collected_amount,
        {{ usage_revenue }} as usage_revenue_amount,
        {{ usage_cost }} as usage_cost_amount,
        ({{ usage_revenue }} - {{ usage_cost }})::numeric(38, 12) as usage_margin_amount,
        {{ closed_amount('leak_under', 'organizations.has_contract') }} as leak_under_amount,
        {{ closed_amount('leak_over', 'organizations.has_contract') }} as leak_over_amount
    from months
    inner join status using (organization_id, account_id, month)
    left join money using (organization_id, account_id, month)
    left join used using (organization_id, account_id, month)
    left join payments using (organization_id, account_id, month)
    left join engagement using (organization_id, account_id, month)
    inner join organizations
        on organizations.organization_id = months.organization_id
    left join accounts
        on
            accounts.organization_id = months.organization_id
            and accounts.account_id = months.account_id
    left join known_engagement
        on
            known_engagement.organization_id = months.organization_id
            and known_engagement.month = months.month
)

select * from final
