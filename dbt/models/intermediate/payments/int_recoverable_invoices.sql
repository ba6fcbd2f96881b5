{{ config(materialized="incremental", incremental_strategy="replace_all") }}

{#- Invoices that somebody tried or forgot to collect and that are not paid in full, with their customer and age:
    docs/definitions.md#recoverable-revenue. -#}
with
found as (
    select * from {{ ref('int_unpaid_invoices') }}
),

collection as (
    select * from {{ ref('int_invoice_collection') }}
),

invoices as (
    select
        invoices.*,
        coalesce(subscriptions.plan_id, '') as plan_id,
        organizations.as_of
    from {{ ref('stg_invoices') }} as invoices
    inner join {{ ref('stg_accounts') }} as accounts
        on
            accounts.organization_id = invoices.organization_id
            and accounts.account_id = invoices.account_id
            and not accounts.is_internal
    inner join {{ ref('stg_organizations') }} as organizations
        on organizations.organization_id = invoices.organization_id and organizations.has_payments
    left join {{ ref('stg_subscriptions') }} as subscriptions
        on
            subscriptions.organization_id = invoices.organization_id
            and subscriptions.subscription_id = invoices.subscription_id
),

-- What a source dates after its own as_of is new.
aged as (
    select
        found.*,
        greatest(floor(extract(epoch from organizations.as_of - found.failing_since) / 86400), 0)::integer as age_days
    from found
    inner join {{ ref('stg_organizations') }} as organizations
        on organizations.organization_id = found.organization_id
),

final as (
    select
        found.organization_id,
        found.invoice_id,
        found.currency,
        invoices.account_id,
        coalesce(invoices.subscription_id, '') as subscription_id,
        invoices.plan_id,
        invoices.status,
        coalesce(collection.collection_code, '') as collection_code,
        found.outcome,
        found.reason_class,
        coalesce(found.decline_code, '') as decline_code,
        found.failed_attempts,
        found.held_attempts,
        found.pending_attempts,
        found.failing_since,
        found.last_tried_at,
        invoices.as_of,
        found.age_days,
        ages.age_bucket,
        found.outstanding_amount::numeric(38, 12) as outstanding_amount
    from aged as found
    inner join invoices
        on invoices.organization_id = found.organization_id and invoices.invoice_id = found.invoice_id
    left join collection
        on
            collection.organization_id = found.organization_id
            and collection.invoice_id = found.invoice_id
            and collection.currency = found.currency
    inner join {{ ref('recovery_ages') }} as ages
        on found.age_days >= ages.from_days and found.age_days < coalesce(ages.to_days, found.age_days + 1)
)

select * from final
