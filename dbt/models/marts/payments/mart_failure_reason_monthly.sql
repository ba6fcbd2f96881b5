{{ config(materialized="table") }}

{#- Why tries are declined or held back, and what becomes of the invoices: docs/definitions.md#reasons-of-failure. -#}
with
payments as (
    select
        *,
        outcome <> 'withdrawn' and is_mature as is_counted
    from {{ ref('int_invoice_payments') }}
),

tries as (
    select
        payments.organization_id,
        payments.month,
        coalesce(tries.reason_class, 'unknown') as reason_class,
        coalesce(tries.decline_code, '') as decline_code,
        payments.currency,
        count(*) filter (where tries.is_sent) as failed_attempts,
        count(*) filter (where not tries.is_sent) as held_attempts
    from {{ ref('int_tries') }} as tries
    inner join payments
        on
            payments.organization_id = tries.organization_id
            and payments.invoice_id = tries.invoice_id
            and payments.currency = tries.currency
    where tries.status = 'failed' or not tries.is_sent
    group by 1, 2, 3, 4, 5
),

-- An invoice has one first reason, so that these add up; what it had later is in failed_attempts.
invoices as (
    select
        organization_id,
        month,
        first_reason_class as reason_class,
        coalesce(first_decline_code, '') as decline_code,
        currency,
        count(*) as failed_invoices,
        count(*) filter (where is_counted) as mature_failed_invoices,
        count(*) filter (where is_counted and outcome = 'recovered') as mature_recovered_invoices,
        count(*) filter (where is_counted and outcome = 'failed') as mature_lost_invoices,
        sum(recovered_amount) as recovered_amount,
        sum(recovered_amount) filter (where is_counted) as mature_recovered_amount,
        sum(recovered_amount + outstanding_amount) filter (where is_counted) as mature_at_stake_amount,
        sum(outstanding_amount) filter (where is_counted and outcome = 'failed') as mature_lost_amount
    from payments
    where failed_attempts > 0
    group by 1, 2, 3, 4, 5
),

joined as (
    select
        tries.*,
        coalesce(invoices.failed_invoices, 0) as failed_invoices,
        coalesce(invoices.mature_failed_invoices, 0) as mature_failed_invoices,
        coalesce(invoices.mature_recovered_invoices, 0) as mature_recovered_invoices,
        coalesce(invoices.mature_lost_invoices, 0) as mature_lost_invoices,
        coalesce(invoices.recovered_amount, 0)::numeric(38, 12) as recovered_amount,
        coalesce(invoices.mature_recovered_amount, 0)::numeric(38, 12) as mature_recovered_amount,
        coalesce(invoices.mature_at_stake_amount, 0)::numeric(38, 12) as mature_at_stake_amount,
        coalesce(invoices.mature_lost_amount, 0)::numeric(38, 12) as mature_lost_amount
    from tries
    left join invoices
        using (organization_id, month, reason_class, decline_code, currency)
),

final as (
    select
        organization_id,
        month,
        reason_class,
        decline_code,
        currency,
        failed_attempts,
        held_attempts,
        failed_invoices,
        mature_failed_invoices,
        mature_recovered_invoices,
        mature_lost_invoices,
        {{ share_of('failed_attempts', 'sum(failed_attempts) over (partition by organization_id, month, currency)') }}
            as failed_attempt_share_rate,
        {{ share_of('mature_recovered_invoices', 'mature_failed_invoices') }} as recovery_rate,
        {{ share_of('mature_recovered_amount', 'mature_at_stake_amount') }} as recovery_amount_rate,
        recovered_amount,
        mature_recovered_amount,
        mature_at_stake_amount,
        mature_lost_amount
    from joined
)

select * from final
