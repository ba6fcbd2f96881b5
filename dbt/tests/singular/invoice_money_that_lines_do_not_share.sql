-- A row is an invoice whose lines are all in months that this run builds and whose lines' shares do not sum to its
-- cash, refunds, lost disputes, prepaid balance or credits; money that came since other months were built is no
-- finding. Tolerance: none.
-- Everything is one long list with signs, summed once: no join to plan badly.
{{ config(meta={"dagster": {"ref": {"name": "int_line_money"}}}) }}

with
invoices as (
    select * from {{ ref('stg_invoices') }}
),

credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
    where credited_line_id is not null
),

entries as (
    select
        organization_id, invoice_id, currency,
        1 as line_count,
        0 as cash_amount, 0 as refunded_amount, 0 as disputed_amount, 0 as prepaid_amount, 0 as credit_amount
    from {{ ref('int_document_lines') }}
    union all
    select
        organization_id, invoice_id, currency,
        -1 as line_count,
        cash_amount, refunded_amount, disputed_amount, prepaid_amount, credit_amount
    from {{ ref('int_line_money') }}
    where {{ in_build_range('billing_month') }}
    union all
    select
        organization_id, invoice_id, currency,
        0 as line_count,
        -cash_amount as cash_amount, -refunded_amount as refunded_amount, -disputed_amount as disputed_amount,
        -prepaid_amount as prepaid_amount,
        -justified_credit_amount - unjustified_credit_amount as credit_amount
    from {{ ref('int_invoice_money') }}
    union all
    select
        credit_notes.organization_id, credit_notes.invoice_id, credit_notes.currency,
        0 as line_count,
        0 as cash_amount, 0 as refunded_amount, 0 as disputed_amount, 0 as prepaid_amount,
        -credit_notes.amount as credit_amount
    from credit_notes
    inner join invoices
        on
            invoices.organization_id = credit_notes.organization_id
            and invoices.invoice_id = credit_notes.invoice_id
            and invoices.is_standing
)

select
    organization_id,
    invoice_id,
    currency,
    sum(cash_amount) as cash_difference,
    sum(refunded_amount) as refunded_difference,
    sum(disputed_amount) as disputed_difference,
    sum(prepaid_amount) as prepaid_difference,
    sum(credit_amount) as credit_difference
from entries
group by organization_id, invoice_id, currency
having
    sum(line_count) = 0
    and (
        sum(cash_amount) <> 0 or sum(refunded_amount) <> 0 or sum(disputed_amount) <> 0
        or sum(prepaid_amount) <> 0 or sum(credit_amount) <> 0
    )
