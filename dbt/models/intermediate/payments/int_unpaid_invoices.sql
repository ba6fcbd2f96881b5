{{ config(materialized="view", post_hook=[]) }}

{#- Invoices that somebody tried or forgot to collect and are not paid in full, with what the newest answer says. -#}
with
payments as (
    select * from {{ ref('int_invoice_payments') }}
    where
        outstanding_amount > 0
        -- A first try that is pending has not failed.
        and (failed_attempts > 0 or held_attempts > 0 or outcome <> 'open')
),

collection as (
    select * from {{ ref('int_invoice_collection') }}
),

untried as (
    select collection.*
    from collection
    left join {{ ref('int_invoice_tries') }} as tries
        using (organization_id, invoice_id, currency)
    where collection.collection_code = 'C2' and tries.invoice_id is null
),

final as (
    select
        organization_id, invoice_id, currency, outcome, failed_attempts, held_attempts, pending_attempts,
        coalesce(first_failed_at, first_attempted_at, last_tried_at) as failing_since, last_tried_at,
        case
            when outcome in ('paid_first', 'recovered') then 'short_paid'
            when failed_attempts = 0 then 'held'
            else last_reason_class
        end as reason_class,
        last_decline_code as decline_code,
        outstanding_amount
    from payments
    union all
    select
        organization_id, invoice_id, currency, 'failed' as outcome, 0 as failed_attempts, 0 as held_attempts,
        0 as pending_attempts, due_until as failing_since, null as last_tried_at, 'never_tried' as reason_class,
        null as decline_code, due_amount as outstanding_amount
    from untried
)

select * from final
