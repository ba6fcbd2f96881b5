-- The invoice lines of the item and period of a finding, as the ladder placed them.
select
    lines.invoice_id,
    lines.invoice_line_id,
    invoices.status,
    invoices.issued_at,
    lines.kind,
    lines.units,
    lines.amount,
    lines.currency
from intermediate.int_billed_lines as lines
left join staging.stg_invoices as invoices
    on
        invoices.organization_id = lines.organization_id
        and invoices.invoice_id = lines.invoice_id
where
    lines.organization_id = %(organization_id)s
    and lines.account_id = %(account_id)s
    and lines.subscription_id = %(subscription_id)s
    and lines.item = %(item)s
    and lines.period_start = %(period_start)s
    and %(currency)s in (lines.currency, lines.contract_currency)
order by
    invoices.issued_at, lines.invoice_line_id
