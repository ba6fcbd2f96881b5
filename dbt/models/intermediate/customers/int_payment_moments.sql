{{ config(materialized="table") }}

{#- The moments at which customers were first asked to pay, and whether that failed: one per account and UTC day, for
    several invoices of a day are one moment. Only customers who could still be lost: in service, no end known yet.
    docs/definitions.md#does-churn-follow-failed-payments -#}
with
organizations as (
    select * from {{ ref('stg_organizations') }}
),

payments as (
    select * from {{ ref('int_payment_history') }}
),

served as (
    select * from {{ ref('int_service_times') }}
),

customers as (
    select
        organization_id,
        account_id,
        min(started_at) as since
    from served
    group by organization_id, account_id
),

at_risk as (
    select distinct on (
        payments.organization_id,
        payments.account_id,
        (payments.first_attempted_at at time zone 'UTC')::date
    )
        payments.*,
        served.plan_id as served_plan_id
    from payments
    inner join served
        on
            served.organization_id = payments.organization_id
            and served.account_id = payments.account_id
            and served.served_from <= payments.first_attempted_at
            and served.served_until > payments.first_attempted_at
            and coalesce(served.canceled_at > payments.first_attempted_at, true)
    order by
        payments.organization_id asc,
        payments.account_id asc,
        (payments.first_attempted_at at time zone 'UTC')::date asc,
        payments.has_failed desc,
        payments.first_attempted_at asc,
        payments.invoice_id asc,
        payments.currency asc,
        served.subscription_id = payments.subscription_id desc,
        served.subscription_id asc
),

final as (
    select
        at_risk.organization_id,
        at_risk.account_id,
        at_risk.first_attempted_at as asked_at,
        at_risk.invoice_id,
        date_trunc('month', at_risk.first_attempted_at at time zone 'UTC')::date as month,
        coalesce(nullif(at_risk.plan_id, ''), at_risk.served_plan_id) as plan_id,
        coalesce(at_risk.country, '') as country,
        case
            when at_risk.first_attempted_at < customers.since + interval '90 days' then 'under_90_days'
            when at_risk.first_attempted_at < customers.since + interval '365 days' then 'under_a_year'
            else 'a_year_and_more'
        end as tenure_band,
        at_risk.has_failed,
        coalesce(at_risk.last_trouble_at <= at_risk.first_attempted_at - interval '90 days', true)
        and at_risk.fails_in_billing_run = at_risk.has_failed as is_untroubled,
        at_risk.first_attempted_at + interval '90 days' <= organizations.as_of as is_followed
    from at_risk
    inner join organizations
        on organizations.organization_id = at_risk.organization_id
    inner join customers
        on
            customers.organization_id = at_risk.organization_id
            and customers.account_id = at_risk.account_id
)

select * from final
