{{ config(materialized="view", post_hook=[]) }}

{#- Invoices whose first try has an answer, each with the trouble that its customer had with payments before. -#}
with
payments as (
    select * from {{ ref('int_invoice_payments') }}
    where is_first_attempt_successful is not null and first_attempted_at is not null
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
        first_attempted_at,
        not is_first_attempt_successful as has_failed,
        max(case when failed_attempts > 0 then last_attempted_at end) over (
            partition by organization_id, account_id
            order by first_attempted_at
            range between unbounded preceding and interval '1 microsecond' preceding
        ) as last_trouble_at,
        -- The invoices of one billing run are asked for within days: one that fails there is no later event.
        bool_or(not is_first_attempt_successful) over (
            partition by organization_id, account_id
            order by first_attempted_at
            range between current row and interval '3 days' following
        ) as fails_in_billing_run
    from payments
)

select * from final
