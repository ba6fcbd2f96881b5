-- Attempts, with the time of their invoice, and how many of it have the same number.
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
    payment_attempts.*,
    issued.issued_at as invoice_issued_at,
    count(*) over (
        partition by payment_attempts.organization_id, payment_attempts.invoice_id, payment_attempts.attempt_number
    ) as attempts_of_this_number
from payment_attempts
left join issued
    on
        payment_attempts.organization_id = issued.organization_id
        and payment_attempts.invoice_id = issued.invoice_id
