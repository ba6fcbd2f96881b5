with
invoices as (
    select * from {{ source('raw', 'invoices') }}
),

replacements as (
    select distinct
        organization_id,
        replaces_invoice_id
    from invoices
    where replaces_invoice_id is not null
),

final as (
    select
        invoices.organization_id,
        invoices.invoice_id,
        invoices.account_id,
        invoices.subscription_id,
        invoices.replaces_invoice_id,
        invoices.status,
        invoices.collection,
        invoices.currency,
        invoices.period_start,
        invoices.period_end,
        invoices.issued_at,
        invoices.finalized_at,
        invoices.due_at,
        invoices.voided_at,
        -- A voided invoice that nothing replaced still documents a charge; a replaced one is documented elsewhere.
        invoices.status <> 'void' or replacements.replaces_invoice_id is null as is_documented,
        invoices.status in ('open', 'paid', 'uncollectible') as is_standing
    from invoices
    left join replacements
        on
            replacements.organization_id = invoices.organization_id
            and replacements.replaces_invoice_id = invoices.invoice_id
)

select * from final
