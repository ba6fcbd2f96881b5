with
applications as (
    select * from {{ source('raw', 'credit_applications') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

final as (
    select
        applications.organization_id,
        applications.application_id,
        applications.grant_id,
        applications.invoice_id,
        invoices.currency,
        applications.applied_at,
        applications.amount
    from applications
    left join invoices
        on
            invoices.organization_id = applications.organization_id
            and invoices.invoice_id = applications.invoice_id
)

select * from final
