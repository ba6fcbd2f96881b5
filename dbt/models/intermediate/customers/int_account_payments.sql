{{ config(materialized="table") }}

{#- Tries to collect from an account, by the month in which an invoice was first tried, whatever its currency. -#}
with
payments as (
    select * from {{ ref('int_invoice_payments') }}
),

final as (
    select
        organization_id,
        account_id,
        month,
        count(*) as tried_invoices,
        count(*) filter (where failed_attempts > 0) as troubled_invoices,
        count(*) filter (where outcome = 'failed') as lost_invoices,
        sum(attempts)::bigint as payment_attempts,
        sum(failed_attempts)::bigint as failed_attempts
    from payments
    group by organization_id, account_id, month
)

select * from final
