-- Until when a report could still be charged on the invoice of its period: the finalization of the first standing
-- invoice that charges the claimed item or, if none does, anything of its period. An invoice that was finalized before
-- the period was over charges a part of it and cuts nothing off. Only the times of documents are read here, no amounts.
with charges as (
    select
        invoices.organization_id,
        invoices.account_id,
        invoices.subscription_id,
        coalesce(invoices.finalized_at, invoices.issued_at) as finalized_at,
        invoice_lines.invoice_line_id,
        invoice_lines.meter_id,
        coalesce(invoice_lines.period_start, invoices.period_start, invoices.issued_at) as charged_from
    from invoices
    inner join invoice_lines
        on
            invoices.organization_id = invoice_lines.organization_id
            and invoices.invoice_id = invoice_lines.invoice_id
    where invoices.status in ('open', 'paid', 'uncollectible') and invoice_lines.kind <> 'tax'
),

-- An invoice that names no subscription is of the account's only one in service then.
only_subscriptions as (
    select
        charges.organization_id,
        charges.invoice_line_id,
        any_value(calendar.subscription_id) as subscription_id
    from charges
    inner join calendar
        on
            charges.organization_id = calendar.organization_id
            and charges.account_id = calendar.account_id
            and charges.charged_from >= calendar.period_start
            and charges.charged_from < calendar.period_end
    where charges.subscription_id is null
    group by charges.organization_id, charges.invoice_line_id
    having count(distinct calendar.subscription_id) = 1
),

owned as (
    select
        charges.organization_id,
        charges.account_id,
        coalesce(charges.subscription_id, only_subscriptions.subscription_id) as subscription_id,
        charges.finalized_at,
        charges.meter_id,
        charges.charged_from
    from charges
    left join only_subscriptions
        on
            charges.organization_id = only_subscriptions.organization_id
            and charges.invoice_line_id = only_subscriptions.invoice_line_id
)

select
    claims.claim_id,
    claims.period_end,
    coalesce(
        min(owned.finalized_at) filter (where owned.meter_id = claims.meter_id), min(owned.finalized_at)
    ) as cutoff_at
from claims
inner join owned
    on
        claims.organization_id = owned.organization_id
        and claims.account_id = owned.account_id
        and claims.subscription_id = owned.subscription_id
where
    owned.charged_from >= claims.period_start
    and owned.charged_from < claims.period_end
    and owned.finalized_at >= claims.period_end
group by claims.claim_id, claims.period_end
