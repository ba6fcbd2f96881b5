{{ config(materialized="view", post_hook=[]) }}

{#- Everything about payments that can be added up, by month and plan: docs/definitions.md#payment-reliability. -#}
with
payments as (
    select
        *,
        attempts > 0 as is_attempted,
        attempts > 0 and outcome <> 'withdrawn' and is_mature as is_counted,
        first_attempt_amount + recovered_amount + outstanding_amount as asked_amount
    from {{ ref('int_invoice_payments') }}
),

final as (
    select
        organization_id,
        month,
        plan_id,
        currency,
        count(*) filter (where is_attempted) as invoices,
        count(*) filter (where attempts > pending_attempts) as answered_invoices,
        count(*) filter (where is_first_attempt_successful) as first_success_invoices,
        count(*) filter (where failed_attempts > 0) as failed_invoices,
        count(*) filter (where is_counted) as mature_invoices,
        count(*) filter (where is_attempted and outcome <> 'withdrawn' and not is_mature) as immature_invoices,
        count(*) filter (where is_attempted and outcome = 'withdrawn') as withdrawn_invoices,
        count(*) filter (where is_counted and failed_attempts > 0) as mature_failed_invoices,
        count(*) filter (where is_counted and outcome = 'recovered') as mature_recovered_invoices,
        count(*) filter (where is_counted and outcome = 'failed') as mature_lost_invoices,
        count(*) filter (where held_attempts > 0) as held_invoices,
        coalesce(sum(attempts), 0)::bigint as attempts,
        coalesce(sum(failed_attempts), 0)::bigint as failed_attempts,
        coalesce(sum(pending_attempts) filter (where is_attempted), 0)::bigint as pending_attempts,
        coalesce(sum(held_attempts), 0)::bigint as held_attempts,
        coalesce(sum(due_amount) filter (where is_attempted), 0) as due_amount,
        coalesce(sum(first_attempt_amount), 0) as first_attempt_amount,
        coalesce(sum(recovered_amount), 0) as recovered_amount,
        coalesce(sum(outstanding_amount) filter (where is_attempted), 0) as outstanding_amount,
        coalesce(sum(overpaid_amount), 0) as overpaid_amount,
        -- Null where refunds are not delivered.
        sum(refunded_amount) as refunded_amount,
        coalesce(sum(asked_amount) filter (where is_counted), 0) as mature_asked_amount,
        coalesce(sum(first_attempt_amount) filter (where is_counted), 0) as mature_first_attempt_amount,
        coalesce(sum(recovered_amount) filter (where is_counted), 0) as mature_recovered_amount,
        -- What was asked for and had not come when a try was declined.
        coalesce(sum(asked_amount - first_attempt_amount) filter (where is_counted and failed_attempts > 0), 0)
            as mature_at_stake_amount,
        coalesce(sum(outstanding_amount) filter (where is_counted and outcome = 'failed'), 0) as mature_lost_amount
    from payments
    group by organization_id, month, plan_id, currency
)

select * from final
