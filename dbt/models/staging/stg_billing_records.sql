with
lines as (
    select * from {{ source('raw', 'invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

final as (
    select
        lines.organization_id,
        lines.invoice_line_id,
        lines.invoice_id,
        invoices.account_id,
        invoices.subscription_id,
        case lines.kind
            when 'usage' then coalesce(lines.meter_id, 'other')
            when 'proration' then 'recurring'
            when 'minimum' then 'minimum_true_up'
            when 'maximum' then 'maximum_discount'
            else lines.kind
        end as item,
        lines.kind,
        lines.meter_id,
        lines.price_id,
        lines.currency,
        coalesce(lines.period_start, invoices.period_start, invoices.issued_at) as period_start,
        coalesce(lines.period_end, invoices.period_end) as period_end,
        invoices.status,
        invoices.issued_at,
        invoices.finalized_at,
        invoices.invoice_id is not null as has_invoice,
        coalesce(invoices.is_documented, false) as is_documented,
        coalesce(invoices.is_standing, false) as is_standing,
        lines.kind <> 'tax' as is_pre_tax,
        lines.units,
        lines.unit_amount,
        lines.amount
    from lines
    left join invoices
        on
            invoices.organization_id = lines.organization_id
            and invoices.invoice_id = lines.invoice_id
)

select * from final
