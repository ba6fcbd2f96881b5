{{ config(materialized="table") }}

{#- Who was served in a month, and who of them meant to cancel: docs/definitions.md#executive-kpis. -#}
with
engagement as (
    select * from {{ ref('mart_engagement') }}
),

months as (
    select * from {{ ref('int_engagement_months') }}
),

served as (
    select * from {{ ref('int_service_times') }}
),

plans as (
    select * from {{ ref('stg_plans') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

-- Once for each currency that an account pays in, however many subscriptions it has.
customers as (
    select distinct
        served.organization_id,
        served.account_id,
        coalesce(plans.currency, accounts.currency) as currency,
        months.month
    from served
    inner join months
        on
            months.organization_id = served.organization_id
            and months.ends_at > served.served_from
            and months.starts_at < served.served_until
    inner join accounts
        on
            accounts.organization_id = served.organization_id
            and accounts.account_id = served.account_id
    left join plans
        on
            plans.organization_id = served.organization_id
            and plans.plan_id = served.plan_id
),

final as (
    select
        customers.organization_id,
        customers.currency,
        customers.month,
        count(*) as served_customers,
        count(*) filter (where engagement.cancel_intents > 0) as cancel_intent_customers
    from customers
    inner join engagement
        on
            engagement.organization_id = customers.organization_id
            and engagement.account_id = customers.account_id
            and engagement.month = customers.month
    group by
        customers.organization_id, customers.currency, customers.month
)

select * from final
