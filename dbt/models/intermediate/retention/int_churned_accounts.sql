{{ config(materialized="table") }}

{#- docs/definitions.md#lost-customers -#}
with
months as (
    select * from {{ ref('int_months') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

reasons as (
    select * from {{ ref('involuntary_reasons') }}
),

payments as (
    select * from {{ ref('int_invoice_payments') }}
    where outcome <> 'withdrawn'
),

customers as (
    select distinct
        organization_id,
        account_id,
        month
    from {{ ref('int_subscription_months') }}
),

-- A trial that ended as one never had a customer.
ended as (
    select subscriptions.*
    from {{ ref('stg_subscriptions') }} as subscriptions
    inner join accounts
        on
            accounts.organization_id = subscriptions.organization_id
            and accounts.account_id = subscriptions.account_id
    where subscriptions.ended_at > greatest(subscriptions.started_at, subscriptions.trial_end)
),

-- Of several that ended in the month, the last one tells.
losses as (
    select distinct on (ended.organization_id, ended.account_id, months.month)
        ended.organization_id,
        ended.account_id,
        months.month,
        ended.subscription_id,
        ended.plan_id,
        ended.status,
        ended.cancel_reason,
        ended.ended_at
    from ended
    inner join months
        on
            months.organization_id = ended.organization_id
            and months.starts_at <= ended.ended_at
            and months.seen_until > ended.ended_at
    left join customers
        on
            customers.organization_id = ended.organization_id
            and customers.account_id = ended.account_id
            and customers.month = months.month
    where customers.account_id is null
    order by
        ended.organization_id asc,
        ended.account_id asc,
        months.month asc,
        ended.ended_at desc,
        ended.subscription_id asc
),

-- The last invoice that was tried before the end; while it may still be paid, nothing is known.
last_invoices as (
    select distinct on (losses.organization_id, losses.account_id, losses.month)
        losses.organization_id,
        losses.account_id,
        losses.month,
        case when payments.outcome <> 'open' then payments.outcome = 'failed' end as is_failed
    from losses
    inner join payments
        on
            payments.organization_id = losses.organization_id
            and payments.account_id = losses.account_id
            and payments.first_attempted_at < losses.ended_at
    order by
        losses.organization_id asc,
        losses.account_id asc,
        losses.month asc,
        payments.first_attempted_at desc,
        payments.invoice_id desc
),

-- Without a reason and without payments nothing tells why.
final as (
    select
        losses.organization_id,
        losses.account_id,
        losses.month,
        losses.subscription_id,
        losses.plan_id,
        losses.ended_at,
        losses.cancel_reason,
        case
            when reasons.reason is not null then 'reason'
            when losses.status = 'unpaid' then 'unpaid'
            when losses.cancel_reason is null and last_invoices.is_failed then 'last_invoice'
        end as involuntary_basis,
        case
            when reasons.reason is not null or losses.status = 'unpaid' then true
            when losses.cancel_reason is not null then false
            else last_invoices.is_failed
        end as is_involuntary
    from losses
    left join reasons
        on reasons.reason = regexp_replace(lower(losses.cancel_reason), '[\s-]+', '_', 'g')
    left join last_invoices
        on
            last_invoices.organization_id = losses.organization_id
            and last_invoices.account_id = losses.account_id
            and last_invoices.month = losses.month
)

select * from final
