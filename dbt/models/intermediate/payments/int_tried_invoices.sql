{{ config(materialized="view", post_hook=[]) }}

{#- Invoices that somebody tried to collect, with what they ask for; not those of internal accounts. -#}
with
tries as (
    select * from {{ ref('int_invoice_tries') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

money as (
    select * from {{ ref('int_invoice_money') }}
),

collection as (
    select * from {{ ref('int_invoice_collection') }}
),

final as (
    select
        tries.organization_id,
        tries.invoice_id,
        tries.currency,
        tries.first_attempted_at,
        tries.first_tried_at,
        tries.last_attempted_at,
        tries.last_tried_at,
        tries.last_paid_at,
        tries.first_failed_at,
        tries.attempts,
        tries.failed_attempts,
        tries.held_attempts,
        tries.pending_attempts,
        tries.is_left_failed,
        tries.is_paid_after_failure,
        tries.first_status,
        tries.first_reason_class,
        tries.first_decline_code,
        tries.last_reason_class,
        tries.last_decline_code,
        tries.first_attempt_amount,
        tries.recovered_amount,
        invoices.account_id,
        coalesce(invoices.subscription_id, '') as subscription_id,
        coalesce(subscriptions.plan_id, '') as plan_id,
        coalesce(accounts.country, '') as country,
        invoices.status,
        organizations.as_of,
        coalesce(collection.due_until, invoices.due_at, invoices.issued_at) as due_until,
        -- Without lines of this currency only the tries tell what was asked for.
        case
            when not invoices.is_standing then 0
            when collection.is_due_known then greatest(collection.due_amount, 0)
            else tries.asked_amount
        end as due_amount,
        tries.first_attempt_amount + tries.recovered_amount as collected_amount,
        case
            when organizations.has_refunds
                then tries.first_attempt_amount + tries.recovered_amount - coalesce(money.cash_amount, 0)
        end as refunded_amount
    from tries
    inner join invoices
        on invoices.organization_id = tries.organization_id and invoices.invoice_id = tries.invoice_id
    inner join accounts
        on accounts.organization_id = invoices.organization_id and accounts.account_id = invoices.account_id
    inner join organizations
        on organizations.organization_id = tries.organization_id
    left join subscriptions
        on
            subscriptions.organization_id = invoices.organization_id
            and subscriptions.subscription_id = invoices.subscription_id
    left join money
        on
            money.organization_id = tries.organization_id
            and money.invoice_id = tries.invoice_id
            and money.currency = tries.currency
    left join collection
        on
            collection.organization_id = tries.organization_id
            and collection.invoice_id = tries.invoice_id
            and collection.currency = tries.currency
)

select * from final
