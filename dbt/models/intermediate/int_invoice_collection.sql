{{ config(materialized="incremental", incremental_strategy="replace_all") }}

with
invoices as (
    select * from {{ ref('stg_invoices') }}
    where is_standing
),

lines as (
    select
        organization_id,
        invoice_id,
        currency,
        bool_or(kind <> 'carrier') as is_delivered,
        sum(amount) as amount
    from {{ ref('int_document_lines') }}
    group by
        organization_id,
        invoice_id,
        currency
),

money as (
    select * from {{ ref('int_invoice_money') }}
),

line_credits as (
    select
        organization_id,
        invoice_id,
        currency,
        sum(amount) as amount
    from {{ ref('stg_credit_notes') }}
    where credited_line_id is not null
    group by
        organization_id,
        invoice_id,
        currency
),

tries as (
    select
        organization_id,
        invoice_id,
        currency,
        coalesce(sum(amount) filter (where status = 'succeeded'), 0) as paid_amount,
        count(*) filter (where status = 'failed') as failed_attempts,
        count(*) filter (where status = 'pending') as pending_attempts,
        max(attempted_at) as last_attempted_at
    from {{ ref('stg_payment_attempts') }}
    group by
        organization_id,
        invoice_id,
        currency
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

served_accounts as (
    select distinct
        subscriptions.organization_id,
        subscriptions.account_id
    from {{ ref('stg_subscriptions') }} as subscriptions
    inner join organizations
        on organizations.organization_id = subscriptions.organization_id
    where {{ is_served('subscriptions', 'organizations.as_of') }}
),

compared as (
    select
        invoices.organization_id,
        invoices.invoice_id,
        lines.currency,
        invoices.status,
        invoices.collection,
        organizations.as_of,
        coalesce(invoices.due_at, invoices.finalized_at, invoices.issued_at) as due_at,
        {{ grace('organizations') }} as grace,
        lines.is_delivered,
        lines.amount
        - coalesce(money.prepaid_amount + money.justified_credit_amount + money.unjustified_credit_amount, 0)
        - coalesce(line_credits.amount, 0) as due_amount,
        coalesce(tries.paid_amount, 0) as paid_amount,
        coalesce(tries.failed_attempts, 0) as failed_attempts,
        coalesce(tries.pending_attempts, 0) as pending_attempts,
        tries.last_attempted_at,
        served_accounts.account_id is not null as is_still_served
    from invoices
    inner join organizations
        on organizations.organization_id = invoices.organization_id
    inner join lines
        on
            lines.organization_id = invoices.organization_id
            and lines.invoice_id = invoices.invoice_id
    left join money
        on
            money.organization_id = lines.organization_id
            and money.invoice_id = lines.invoice_id
            and money.currency = lines.currency
    left join line_credits
        on
            line_credits.organization_id = lines.organization_id
            and line_credits.invoice_id = lines.invoice_id
            and line_credits.currency = lines.currency
    left join tries
        on
            tries.organization_id = lines.organization_id
            and tries.invoice_id = lines.invoice_id
            and tries.currency = lines.currency
    left join served_accounts
        on
            served_accounts.organization_id = invoices.organization_id
            and served_accounts.account_id = invoices.account_id
),

final as (
    select
        organization_id,
        invoice_id,
        currency,
        case
            when paid_amount > due_amount then 'overpaid'
            when paid_amount = due_amount then 'justified_refund'
            when status = 'uncollectible' and failed_attempts > 0 then 'C1'
            when pending_attempts > 0 or as_of < due_at + grace then 'not_yet_collected'
            when paid_amount > 0 then 'C6'
            when collection = 'send_invoice' and as_of < due_at + interval '30 days' then 'not_yet_collected'
            when collection = 'send_invoice' and is_still_served then 'C3'
            when collection = 'send_invoice' then 'C7'
            when as_of < {{ retry_may_come_until('last_attempted_at') }} then 'not_yet_collected'
            when failed_attempts > 1 then 'C1'
            else 'C2'
        end as collection_code,
        due_at + grace as due_until,
        is_delivered as is_due_known,
        due_amount,
        due_amount - paid_amount as open_amount
    from compared
)

select * from final
