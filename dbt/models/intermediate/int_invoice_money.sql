{{ config(materialized="view", post_hook=[]) }}

with
invoices as (
    select * from {{ ref('stg_invoices') }}
),

attempts as (
    select * from {{ ref('stg_payment_attempts') }}
),

refunds as (
    select * from {{ ref('stg_refunds') }}
),

disputes as (
    select * from {{ ref('stg_disputes') }}
),

applications as (
    select * from {{ ref('int_prepaid_use') }}
),

credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
),

movements as (
    select
        organization_id, invoice_id, currency,
        amount as cash_amount, 0 as prepaid_amount, 0 as justified_amount, 0 as unjustified_amount,
        0 as returned_amount, 0 as unjustified_prepaid_amount, 0 as refunded_amount, 0 as disputed_amount
    from attempts
    where status = 'succeeded'
    union all
    select
        organization_id, invoice_id, currency,
        -amount as cash_amount, 0 as prepaid_amount, 0 as justified_amount, 0 as unjustified_amount,
        case when coalesce(trim(reason), '') = '' then amount else 0 end as returned_amount,
        0 as unjustified_prepaid_amount, amount as refunded_amount, 0 as disputed_amount
    from refunds
    union all
    select
        organization_id, invoice_id, currency,
        -amount as cash_amount, 0 as prepaid_amount, 0 as justified_amount, 0 as unjustified_amount,
        amount as returned_amount, 0 as unjustified_prepaid_amount, 0 as refunded_amount, amount as disputed_amount
    from disputes
    where status = 'lost'
    union all
    select
        organization_id, invoice_id, currency,
        0 as cash_amount, amount as prepaid_amount, 0 as justified_amount, 0 as unjustified_amount,
        0 as returned_amount, unjustified_amount as unjustified_prepaid_amount, 0 as refunded_amount,
        0 as disputed_amount
    from applications
    union all
    select
        organization_id, invoice_id, currency,
        0 as cash_amount, 0 as prepaid_amount,
        case when is_justified then amount else 0 end as justified_amount,
        case when is_justified then 0 else amount end as unjustified_amount,
        0 as returned_amount, 0 as unjustified_prepaid_amount, 0 as refunded_amount, 0 as disputed_amount
    from credit_notes
    where credited_line_id is null
),

-- Credits and prepaid balance lessen what a standing invoice asks for; cash is cash, whatever became of the invoice.
final as (
    select
        movements.organization_id,
        movements.invoice_id,
        movements.currency,
        sum(movements.cash_amount) as cash_amount,
        sum(movements.returned_amount) as returned_amount,
        sum(movements.refunded_amount) as refunded_amount,
        sum(movements.disputed_amount) as disputed_amount,
        sum(movements.prepaid_amount) as prepaid_amount,
        sum(movements.unjustified_prepaid_amount) as unjustified_prepaid_amount,
        sum(case when invoices.is_standing then movements.justified_amount else 0 end) as justified_credit_amount,
        sum(case when invoices.is_standing then movements.unjustified_amount else 0 end) as unjustified_credit_amount
    from movements
    inner join invoices
        on
            invoices.organization_id = movements.organization_id
            and invoices.invoice_id = movements.invoice_id
    group by
        movements.organization_id,
        movements.invoice_id,
        movements.currency
)

select * from final
