{{ config(materialized="incremental", incremental_strategy="replace_all") }}

{#- What the executive KPIs of a closed month are made of, each added up where it is at home. -#}
with
revenue as (
    select * from {{ ref('int_account_revenue') }}
    where currency <> ''
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

calendar as (
    select * from {{ ref('int_months') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

-- A customer with two plans is one.
customers as (
    select
        organization_id,
        currency,
        billing_month as month,
        account_id,
        sum(entitled_amount) as entitled_amount,
        sum(coalesce(credited_amount, invoiced_amount)) as revenue_amount,
        sum(coalesce(prepaid_amount, 0) + collected_amount) as paid_amount
    from revenue
    group by
        organization_id, currency, billing_month, account_id
),

months as (
    select
        organization_id,
        currency,
        month,
        count(*) filter (where paid_amount > 0) as paying_customers,
        sum(entitled_amount) as entitled_amount,
        sum(revenue_amount) as revenue_amount
    from customers
    group by
        organization_id, currency, month
),

leaks as (
    select
        organization_id,
        currency,
        billing_month as month,
        coalesce(sum(leak_amount) filter (where direction = 'under'), 0) as leak_under_amount,
        coalesce(sum(leak_amount) filter (where direction = 'over'), 0) as leak_over_amount
    from {{ ref('int_month_leaks') }}
    group by
        organization_id, currency, billing_month
),

checked as (
    select
        organization_id,
        currency,
        billing_month as month,
        checkable_amount,
        checked_amount
    from {{ ref('int_checked_revenue') }}
),

payments as (
    select * from {{ ref('mart_payment_reliability') }}
),

intents as (
    select * from {{ ref('int_cancel_intents') }}
),

final as (
    select
        organization_id,
        currency,
        month,
        coalesce(calendar.is_complete, false) as is_complete,
        currencies.minor_unit,
        case when organizations.has_payments then months.paying_customers end as paying_customers,
        payments.answered_invoices,
        payments.failed_invoices,
        intents.served_customers,
        intents.cancel_intent_customers,
        months.entitled_amount::numeric(38, 12) as entitled_amount,
        months.revenue_amount::numeric(38, 12) as total_revenue_amount,
        case
            when organizations.has_invoices or organizations.has_reports then coalesce(leaks.leak_under_amount, 0)
        end::numeric(38, 12) as leak_under_amount,
        case
            when organizations.has_invoices or organizations.has_reports then coalesce(leaks.leak_over_amount, 0)
        end::numeric(38, 12) as leak_over_amount,
        checked.checkable_amount,
        checked.checked_amount,
        payments.invoice_failure_rate as payment_failure_rate,
        payments.attempts_per_invoice as average_payment_attempts
    from months
    inner join organizations using (organization_id)
    inner join currencies using (currency)
    left join calendar using (organization_id, month)
    left join leaks using (organization_id, currency, month)
    left join checked using (organization_id, currency, month)
    left join payments using (organization_id, currency, month)
    left join intents using (organization_id, currency, month)
)

select * from final
