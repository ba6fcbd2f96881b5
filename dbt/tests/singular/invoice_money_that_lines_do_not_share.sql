-- A row is an invoice whose lines are all in built months and whose lines' shares do not sum to its cash, prepaid
-- balance or credits. Tolerance: none.
{{ config(meta={"dagster": {"ref": {"name": "int_line_money"}}}) }}

with
lines as (
    select
        organization_id, invoice_id, currency,
        count(*) as line_count
    from {{ ref('int_document_lines') }}
    group by organization_id, invoice_id, currency
),

shares as (
    select
        organization_id, invoice_id, currency,
        count(*) as line_count,
        sum(cash_amount) as cash_amount,
        sum(prepaid_amount) as prepaid_amount,
        sum(credit_amount) as credit_amount
    from {{ ref('int_line_money') }}
    group by organization_id, invoice_id, currency
),

line_credits as (
    select
        credit_notes.organization_id, credit_notes.invoice_id, credit_notes.currency,
        sum(credit_notes.amount) as credit_amount
    from {{ ref('stg_credit_notes') }} as credit_notes
    inner join {{ ref('stg_invoices') }} as invoices
        on
            invoices.organization_id = credit_notes.organization_id
            and invoices.invoice_id = credit_notes.invoice_id
            and invoices.is_standing
    where credit_notes.credited_line_id is not null
    group by credit_notes.organization_id, credit_notes.invoice_id, credit_notes.currency
),

money as (
    select * from {{ ref('int_invoice_money') }}
)

select
    organization_id,
    invoice_id,
    currency,
    shares.cash_amount as shared_cash_amount,
    money.cash_amount,
    shares.prepaid_amount as shared_prepaid_amount,
    money.prepaid_amount,
    shares.credit_amount as shared_credit_amount,
    money.credit_amount
from lines
inner join shares
    using (organization_id, invoice_id, currency, line_count)
left join money
    using (organization_id, invoice_id, currency)
left join line_credits
    using (organization_id, invoice_id, currency)
where
    shares.cash_amount <> coalesce(money.cash_amount, 0)
    or shares.prepaid_amount <> coalesce(money.prepaid_amount, 0)
    or shares.credit_amount <> coalesce(money.credit_amount, 0) + coalesce(line_credits.credit_amount, 0)
