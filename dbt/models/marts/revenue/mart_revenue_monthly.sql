-- Entitled, invoiced, credited, collected and given back, by plan and country: docs/definitions.md#revenue-by-month.
with
revenue as (
    select * from {{ ref('int_account_revenue') }}
    where {{ in_build_range('billing_month') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

sums as (
    select
        organization_id,
        plan_id,
        country,
        currency,
        billing_month,
        count(*) filter (where coalesce(prepaid_amount, 0) + collected_amount > 0) as paying_customers,
        sum(entitled_amount) as entitled_amount,
        sum(invoiced_amount) as invoiced_amount,
        sum(credited_amount) as credited_amount,
        sum(prepaid_amount) as prepaid_amount,
        sum(collected_amount) as collected_amount,
        sum(refunded_amount) as refunded_amount,
        sum(disputed_amount) as disputed_amount,
        sum(unrated_invoiced_amount) as unrated_invoiced_amount
    from revenue
    group by
        organization_id, plan_id, country, currency, billing_month
),

final as (
    select
        sums.organization_id,
        sums.plan_id,
        sums.country,
        sums.currency,
        sums.billing_month,
        case when organizations.has_payments then sums.paying_customers end as paying_customers,
        sums.entitled_amount::numeric(38, 12) as entitled_amount,
        sums.invoiced_amount::numeric(38, 12) as invoiced_amount,
        (sums.invoiced_amount - sums.credited_amount)::numeric(38, 12) as credit_amount,
        sums.credited_amount::numeric(38, 12) as credited_amount,
        sums.prepaid_amount::numeric(38, 12) as prepaid_amount,
        sums.collected_amount::numeric(38, 12) as collected_amount,
        case
            when organizations.has_payments and organizations.has_refunds then sums.refunded_amount
        end::numeric(38, 12) as refunded_amount,
        case
            when organizations.has_payments and organizations.has_disputes then sums.disputed_amount
        end::numeric(38, 12) as disputed_amount,
        case when organizations.has_invoices then sums.unrated_invoiced_amount end::numeric(38, 12)
            as unrated_invoiced_amount
    from sums
    inner join organizations
        on organizations.organization_id = sums.organization_id
)

select * from final
