-- The invoice lines of the item and period of a finding, as the ladder placed them. `unserved` says of a line that no
-- billing period claims, in which time it begins.
select
    lines.invoice_id,
    lines.invoice_line_id,
    invoices.status,
    invoices.issued_at,
    lines.kind,
    lines.units,
    lines.amount,
    lines.currency,
    case
        when lines.is_claimed then null
        when subscriptions.subscription_id is null then 'no subscription'
        when lines.line_period_start >= subscriptions.ended_at then 'after the end'
        when lines.line_period_start < subscriptions.started_at then 'before the start'
        when lines.line_period_start < subscriptions.trial_end then 'in the trial'
        else 'in the pause'
    end as unserved
from intermediate.int_billed_lines as lines
left join staging.stg_invoices as invoices
    on
        invoices.organization_id = lines.organization_id
        and invoices.invoice_id = lines.invoice_id
left join staging.stg_subscriptions as subscriptions
    on
        subscriptions.organization_id = lines.organization_id
        and subscriptions.subscription_id = lines.subscription_id
        and subscriptions.account_id = lines.account_id
where
    lines.organization_id = %(organization_id)s
    and lines.account_id = %(account_id)s
    and lines.subscription_id = %(subscription_id)s
    and lines.item = %(item)s
    and lines.period_start = %(period_start)s
    and %(currency)s in (lines.currency, lines.contract_currency)
order by
    invoices.issued_at, lines.invoice_line_id
