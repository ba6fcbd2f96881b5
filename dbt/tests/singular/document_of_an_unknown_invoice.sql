-- A row is a line or money whose invoice was not delivered. It belongs to no customer and is in no month, so a person
-- has to look: the source is incomplete, or the item was never attached to anything.
{{ config(severity="warn", meta={"dagster": {"ref": {"name": "stg_billing_records"}}}) }}

with
invoices as (
    select * from {{ ref('stg_invoices') }}
),

documents as (
    select organization_id, 'invoice_lines' as dataset, invoice_line_id as document_id, invoice_id, amount
    from {{ ref('stg_billing_records') }}
    union all
    select organization_id, 'credit_notes' as dataset, credit_note_id as document_id, invoice_id, amount
    from {{ ref('stg_credit_notes') }}
    union all
    select organization_id, 'credit_applications' as dataset, application_id as document_id, invoice_id, amount
    from {{ ref('stg_credit_applications') }}
    union all
    select organization_id, 'payment_attempts' as dataset, attempt_id as document_id, invoice_id, amount
    from {{ ref('stg_payment_attempts') }}
    where status = 'succeeded'
    union all
    select organization_id, 'refunds' as dataset, refund_id as document_id, invoice_id, amount
    from {{ ref('stg_refunds') }}
    union all
    select organization_id, 'disputes' as dataset, dispute_id as document_id, invoice_id, amount
    from {{ ref('stg_disputes') }}
    where status = 'lost'
)

select
    documents.organization_id,
    documents.dataset,
    documents.document_id,
    documents.invoice_id,
    documents.amount
from documents
left join invoices
    on
        invoices.organization_id = documents.organization_id
        and invoices.invoice_id = documents.invoice_id
where invoices.invoice_id is null
