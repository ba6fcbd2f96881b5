{{ config(materialized="table") }}

{#- docs/definitions.md#recurring-revenue -#}
with
months as (
    select * from {{ ref('int_months') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

plans as (
    select * from {{ ref('stg_plans') }}
),

states as (
    select * from {{ ref('int_subscription_months') }}
),

mrr as (
    select * from {{ ref('int_subscription_mrr') }}
),

begun as (
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        min(coalesce(plans.currency, accounts.currency)) as currency,
        date_trunc('month', min(subscriptions.started_at) at time zone 'UTC')::date as first_month
    from subscriptions
    inner join accounts
        on
            accounts.organization_id = subscriptions.organization_id
            and accounts.account_id = subscriptions.account_id
    left join plans
        on
            plans.organization_id = subscriptions.organization_id
            and plans.plan_id = subscriptions.plan_id
    group by
        subscriptions.organization_id,
        subscriptions.account_id
),

-- An account that was never in service has the currency of its plan.
books as (
    select distinct
        begun.organization_id,
        begun.account_id,
        coalesce(mrr.currency, begun.currency) as currency,
        begun.first_month
    from begun
    left join mrr
        on
            mrr.organization_id = begun.organization_id
            and mrr.account_id = begun.account_id
),

customers as (
    select distinct
        organization_id,
        account_id,
        month
    from states
),

sums as (
    select
        organization_id,
        account_id,
        currency,
        month,
        (array_agg(plan_id order by subscription_mrr_amount desc nulls last, subscription_id asc))[1] as plan_id,
        count(*) filter (where subscription_mrr_amount is null) as unrated_subscriptions,
        sum(subscription_mrr_amount) as subscription_mrr_amount,
        sum(committed_mrr_amount) as committed_mrr_amount
    from mrr
    group by
        organization_id,
        account_id,
        currency,
        month
),

final as (
    select
        books.organization_id,
        books.account_id,
        books.currency,
        months.month,
        coalesce(sums.plan_id, '') as plan_id,
        sums.account_id is not null as is_in_service,
        customers.account_id is not null as is_customer,
        months.is_complete,
        coalesce(sums.unrated_subscriptions, 0) as unrated_subscriptions,
        case when organizations.has_contract then coalesce(sums.subscription_mrr_amount, 0) end::numeric(38, 12)
            as subscription_mrr_amount,
        case when organizations.has_contract then coalesce(sums.committed_mrr_amount, 0) end::numeric(38, 12)
            as committed_mrr_amount
    from books
    inner join organizations
        on organizations.organization_id = books.organization_id
    inner join months
        on
            months.organization_id = books.organization_id
            and months.month >= books.first_month
    left join customers
        on
            customers.organization_id = books.organization_id
            and customers.account_id = books.account_id
            and customers.month = months.month
    left join sums
        on
            sums.organization_id = books.organization_id
            and sums.account_id = books.account_id
            and sums.currency = books.currency
            and sums.month = months.month
)

select * from final
