{{ config(materialized="table") }}

{#- Invoices that somebody tried or forgot to collect and that are not paid in full, with what the newest answer says:
    docs/definitions.md#recoverable-revenue. -#}
with
payments as (
    select * from {{ ref('int_invoice_payments') }}
    where
        outstanding_amount > 0
        -- A first try that is pending has not failed.
        and (failed_attempts > 0 or held_attempts > 0 or outcome <> 'open')
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

untried as (
    select collection.*
    from collection
    left join {{ ref('int_invoice_tries') }} as tries
        using (organization_id, invoice_id, currency)
    where collection.collection_code = 'C2' and tries.invoice_id is null
),

found as (
    select
        organization_id, invoice_id, currency, outcome, failed_attempts, held_attempts, pending_attempts,
        coalesce(first_failed_at, first_attempted_at, last_tried_at) as failing_since, last_tried_at,
        case
            when outcome in ('paid_first', 'recovered') then 'short_paid'
            when failed_attempts = 0 then 'held'
            else last_reason_class
        end as reason_class,
        last_decline_code as decline_code,
        outstanding_amount
    from payments
    union all
    select
        organization_id, invoice_id, currency, 'failed' as outcome, 0 as failed_attempts, 0 as held_attempts,
        0 as pending_attempts, due_until as failing_since, null as last_tried_at, 'never_tried' as reason_class,
        null as decline_code, due_amount as outstanding_amount
    from untried
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
