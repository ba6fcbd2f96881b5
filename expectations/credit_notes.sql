-- Credit notes, with what their invoice says.
with
issued as (
    select
        organization_id,
        invoice_id,
        any_value(currency) as currency,
        min(issued_at) as issued_at
    from invoices
    group by organization_id, invoice_id
)

select
    credit_notes.*,
    issued.currency as invoice_currency,
    issued.issued_at as invoice_issued_at
from credit_notes
left join issued
    on
        credit_notes.organization_id = issued.organization_id
        and credit_notes.invoice_id = issued.invoice_id
