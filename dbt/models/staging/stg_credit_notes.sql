with
credit_notes as (
    select * from {{ source('raw', 'credit_notes') }}
),

lines as (
    select * from {{ ref('stg_billing_records') }}
),

final as (
    select
        credit_notes.organization_id,
        credit_notes.credit_note_id,
        credit_notes.invoice_id,
        credit_notes.invoice_line_id,
        -- Only a pre-tax line of the same invoice and currency can take the credit; else the whole invoice does.
        lines.invoice_line_id as credited_line_id,
        credit_notes.currency,
        credit_notes.reason,
        credit_notes.approved_by,
        credit_notes.created_at,
        -- With a reason, approved by someone, and not a second time for the same cause.
        coalesce(trim(credit_notes.reason), '') <> ''
        and coalesce(trim(credit_notes.approved_by), '') <> ''
        and row_number() over (
            partition by
                credit_notes.organization_id, credit_notes.invoice_id, credit_notes.invoice_line_id,
                credit_notes.currency, credit_notes.reason, credit_notes.amount
            order by credit_notes.created_at, credit_notes.credit_note_id
        ) = 1 as is_justified,
        credit_notes.amount
    from credit_notes
    left join lines
        on
            lines.organization_id = credit_notes.organization_id
            and lines.invoice_line_id = credit_notes.invoice_line_id
            and lines.invoice_id = credit_notes.invoice_id
            and lines.currency = credit_notes.currency
            and lines.is_pre_tax
)

select * from final
