{{ config(materialized="view", post_hook=[]) }}

{#- The tries to collect an invoice, added up; those that were held back apart. -#}
with
tries as (
    select
        *,
        is_sent and status = 'failed' as is_declined
    from {{ ref('int_tries') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by organization_id, invoice_id, currency
            order by attempted_at asc, attempt_number asc, attempt_id asc
        ) as number
    from tries
),

ordered as (
    select
        *,
        coalesce(bool_or(is_declined) over earlier, false) as is_after_failure,
        coalesce(bool_or(status = 'succeeded') over later, false) as is_before_success
    from numbered
    window
        earlier as (
            partition by organization_id, invoice_id, currency
            order by number asc rows between unbounded preceding and 1 preceding
        ),
        later as (
            partition by organization_id, invoice_id, currency
            order by number desc rows between unbounded preceding and 1 preceding
        )
),

final as (
    select
        organization_id,
        invoice_id,
        currency,
        min(attempted_at) filter (where is_sent) as first_attempted_at,
        min(attempted_at) as first_tried_at,
        max(attempted_at) filter (where is_sent) as last_attempted_at,
        max(attempted_at) as last_tried_at,
        max(attempted_at) filter (where status = 'succeeded') as last_paid_at,
        min(attempted_at) filter (where is_declined) as first_failed_at,
        count(*) filter (where is_sent) as attempts,
        count(*) filter (where is_declined) as failed_attempts,
        count(*) filter (where not is_sent) as held_attempts,
        count(*) filter (where status = 'pending') as pending_attempts,
        -- A try that failed after all that succeeded asks for something that is still open.
        coalesce(bool_or(is_declined and not is_before_success), false) as is_left_failed,
        coalesce(bool_or(status = 'succeeded' and is_after_failure), false) as is_paid_after_failure,
        (array_agg(status order by number) filter (where is_sent))[1] as first_status,
        (array_agg(reason_class order by number) filter (where is_declined))[1] as first_reason_class,
        (array_agg(decline_code order by number) filter (where is_declined))[1] as first_decline_code,
        (array_agg(reason_class order by number desc) filter (where is_declined))[1] as last_reason_class,
        (array_agg(decline_code order by number desc) filter (where is_declined))[1] as last_decline_code,
        max(amount) as asked_amount,
        coalesce(sum(amount) filter (where status = 'succeeded' and not is_after_failure), 0) as first_attempt_amount,
        coalesce(sum(amount) filter (where status = 'succeeded' and is_after_failure), 0) as recovered_amount
    from ordered
    group by organization_id, invoice_id, currency
)

select * from final
