{{ config(materialized="incremental", incremental_strategy="replace_all") }}

{#- What became of every invoice that somebody tried to collect: docs/definitions.md#payment-reliability. -#}
with
invoices as (
    select * from {{ ref('int_tried_invoices') }}
),

decided as (
    select
        *,
        case
            when
                collected_amount > 0
                and (collected_amount >= due_amount or not (is_left_failed or pending_attempts > 0))
                then case when is_paid_after_failure then 'recovered' else 'paid_first' end
            when due_amount = 0 then 'withdrawn'
            when status = 'uncollectible' then 'failed'
            when
                pending_attempts > 0
                or as_of < due_until
                or as_of < {{ retry_may_come_until('last_tried_at') }}
                then 'open'
            else 'failed'
        end as outcome
    from invoices
),

final as (
    select
        organization_id,
        invoice_id,
        currency,
        account_id,
        subscription_id,
        plan_id,
        country,
        date_trunc('month', coalesce(first_attempted_at, first_tried_at) at time zone 'UTC')::date as month,
        first_attempted_at,
        first_failed_at,
        last_attempted_at,
        last_tried_at,
        attempts,
        failed_attempts,
        held_attempts,
        pending_attempts,
        case when first_status <> 'pending' then first_status = 'succeeded' end as is_first_attempt_successful,
        outcome,
        outcome <> 'open'
        and as_of >= {{ retries_are_over_at('coalesce(first_attempted_at, first_tried_at)') }} as is_mature,
        case when outcome in ('paid_first', 'recovered') then last_paid_at end as paid_at,
        first_reason_class,
        first_decline_code,
        last_reason_class,
        last_decline_code,
        due_amount::numeric(38, 12) as due_amount,
        first_attempt_amount::numeric(38, 12) as first_attempt_amount,
        recovered_amount::numeric(38, 12) as recovered_amount,
        greatest(due_amount - collected_amount, 0)::numeric(38, 12) as outstanding_amount,
        greatest(collected_amount - due_amount, 0)::numeric(38, 12) as overpaid_amount,
        refunded_amount::numeric(38, 12) as refunded_amount
    from decided
)

select * from final
