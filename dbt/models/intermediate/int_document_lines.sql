{{ config(materialized="incremental", incremental_strategy="replace_all") }}

with
lines as (
    select * from {{ ref('stg_billing_records') }}
    where has_invoice
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

money as (
    select * from {{ ref('int_invoice_money') }}
    where cash_amount <> 0 or prepaid_amount <> 0
        or justified_credit_amount <> 0 or unjustified_credit_amount <> 0
        or refunded_amount <> 0 or disputed_amount <> 0
),

invoices_with_lines as (
    select distinct
        organization_id,
        invoice_id,
        currency
    from lines
    where is_pre_tax
),

-- Money on an invoice that has no line to carry it gets one of amount zero, or it would vanish.
carriers as (
    select
        money.organization_id,
        'invoice:' || money.invoice_id || ':' || money.currency as invoice_line_id,
        money.invoice_id,
        money.currency
    from money
    left join invoices_with_lines
        on
            invoices_with_lines.organization_id = money.organization_id
            and invoices_with_lines.invoice_id = money.invoice_id
            and invoices_with_lines.currency = money.currency
    where invoices_with_lines.invoice_id is null
),

final as (
    select
        organization_id,
        invoice_line_id,
        invoice_id,
        account_id,
        subscription_id,
        item,
        kind,
        currency,
        period_start,
        period_end,
        status,
        issued_at,
        is_documented,
        is_standing,
        is_pre_tax,
        units,
        amount
    from lines
    union all
    select
        carriers.organization_id,
        carriers.invoice_line_id,
        carriers.invoice_id,
        invoices.account_id,
        invoices.subscription_id,
        'other' as item,
        'carrier' as kind,
        carriers.currency,
        coalesce(invoices.period_start, invoices.issued_at) as period_start,
        invoices.period_end,
        invoices.status,
        invoices.issued_at,
        invoices.is_documented,
        invoices.is_standing,
        true as is_pre_tax,
        null as units,
        0 as amount
    from carriers
    inner join invoices
        on
            invoices.organization_id = carriers.organization_id
            and invoices.invoice_id = carriers.invoice_id
)

select * from final
