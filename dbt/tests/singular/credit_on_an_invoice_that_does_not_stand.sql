-- A row is a credit note or a use of prepaid balance on a draft or voided invoice. It lessens nothing, so the ladder
-- leaves it out, and a person has to look.
{{ config(severity="warn", meta={"dagster": {"ref": {"name": "stg_credit_notes"}}}) }}

with
invoices as (
    select * from {{ ref('stg_invoices') }}
    where not is_standing
),

credits as (
    select organization_id, credit_note_id as document_id, invoice_id, currency, amount
    from {{ ref('stg_credit_notes') }}
    union all
    select organization_id, application_id, invoice_id, currency, amount
    from {{ ref('stg_credit_applications') }}
)

select
    credits.organization_id,
    credits.document_id,
    credits.invoice_id,
    invoices.status,
    credits.currency,
    credits.amount
from credits
inner join invoices
    on
        invoices.organization_id = credits.organization_id
        and invoices.invoice_id = credits.invoice_id
