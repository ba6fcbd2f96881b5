with
rated as (
    select * from {{ ref('int_item_rungs') }}
    where {{ in_build_range('billing_month') }} and unrated_reason is null
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

-- A rung for which the source delivers nothing is null, never equal to the one above: that would be zero leakage.
final as (
    select
        rated.organization_id,
        rated.account_id,
        rated.subscription_id,
        rated.item,
        rated.period_start,
        rated.currency,
        rated.period_end,
        rated.billing_month,
        rated.maturity,
        rated.entitled_amount::numeric(38, 12) as entitled_amount,
        case when organizations.has_reports then rated.metered_amount end::numeric(38, 12) as metered_amount,
        case when organizations.has_invoices then rated.posted_amount end::numeric(38, 12) as posted_amount,
        case when organizations.has_invoices then rated.priced_amount end::numeric(38, 12) as priced_amount,
        case when organizations.has_invoices then rated.documented_amount end::numeric(38, 12) as documented_amount,
        case when organizations.has_invoices then rated.invoiced_amount end::numeric(38, 12) as invoiced_amount,
        case
            when organizations.has_credit_notes then rated.invoiced_amount - rated.credit_amount
        end::numeric(38, 12) as credited_amount,
        case
            when organizations.has_prepaid then rated.invoiced_amount - rated.credit_amount - rated.prepaid_amount
        end::numeric(38, 12) as paid_for_amount,
        case when organizations.has_payments then rated.cash_amount end::numeric(38, 12) as collected_amount
    from rated
    inner join organizations
        on organizations.organization_id = rated.organization_id
)

select * from final
