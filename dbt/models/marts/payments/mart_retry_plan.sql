{{ config(materialized="table") }}

{#- What to do next about every invoice that is due and not paid: docs/definitions.md#the-retry-plan. -#}
with
invoices as (
    select * from {{ ref('int_recoverable_invoices') }}
),

planned as (
    select * from {{ ref('int_planned_retries') }}
),

caps as (
    select * from {{ ref('int_retry_caps') }}
),

rates as (
    select * from {{ ref('int_recovery_rates') }}
),

joined as (
    select
        invoices.*,
        planned.network,
        planned.is_retry_forbidden,
        planned.is_method_gone,
        coalesce(caps.next_retry_at, planned.earliest_retry_at) as next_retry_at,
        caps.retries_left,
        rates.rate_level,
        (invoices.outstanding_amount * rates.recovery_rate)::numeric(38, 12) as expected_amount,
        case
            when invoices.status = 'uncollectible' then 'written_off'
            when invoices.pending_attempts > 0 then 'try_is_pending'
            when planned.is_retry_forbidden then 'hard_decline'
            when planned.is_method_gone then 'method_is_gone'
            when planned.action <> 'retry' then invoices.reason_class
            -- Judged when the try may be made: a cap can push it beyond the time in which it is any use.
            when
                coalesce(caps.next_retry_at, planned.earliest_retry_at)
                > invoices.failing_since + {{ days('planned.within_days') }}
                then 'too_old'
            when caps.next_retry_at > planned.earliest_retry_at then 'cap_is_reached'
            when planned.earliest_retry_at > invoices.as_of then 'just_tried'
            when invoices.reason_class in ('never_tried', 'short_paid') then invoices.reason_class
            else 'may_pass'
        end as reason,
        planned.action as policy_action
    from invoices
    inner join planned
        using (organization_id, invoice_id, currency)
    left join caps
        using (organization_id, invoice_id, currency)
    left join rates
        using (organization_id, reason_class, age_bucket)
),

final as (
    select
        organization_id,
        invoice_id,
        currency,
        account_id,
        subscription_id,
        plan_id,
        collection_code,
        outcome,
        reason_class,
        decline_code,
        age_bucket,
        age_days,
        failed_attempts,
        held_attempts,
        network,
        is_retry_forbidden,
        case
            when reason = 'written_off' then 'write_off'
            when reason in ('try_is_pending', 'cap_is_reached', 'just_tried') then 'wait'
            when reason in ('hard_decline', 'method_is_gone') then 'ask_for_new_method'
            when reason = 'too_old' then 'contact'
            else policy_action
        end as action,
        reason,
        failing_since,
        last_tried_at,
        case
            when reason in ('cap_is_reached', 'just_tried', 'never_tried', 'short_paid', 'may_pass') then next_retry_at
        end as next_retry_at,
        case when is_retry_forbidden then 0 else retries_left end as retries_left,
        rate_level,
        outstanding_amount,
        expected_amount
    from joined
)

select * from final
