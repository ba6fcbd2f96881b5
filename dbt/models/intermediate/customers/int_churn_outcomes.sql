{{ config(materialized="table") }}

{#- Whether each outcome came in each window after a moment of payment, for customers to whom it could come: who wanted
    to cancel before is no news after, and who did next to nothing cannot do much less. Strictly after the payment.
    docs/definitions.md#does-churn-follow-failed-payments -#}
with
moments as (
    select
        moments.organization_id,
        moments.account_id,
        moments.asked_at,
        windows.starts_after,
        windows.ends_after
    from {{ ref('int_payment_moments') }} as moments
    cross join (values (0, 30), (30, 60), (60, 90), (0, 60), (0, 90)) as windows (starts_after, ends_after)
    where moments.is_followed
),

losses as (
    select * from {{ ref('int_churned_accounts') }}
),

engagement as (
    select
        moments.*,
        around.active_days_before,
        around.intent_days_before,
        case when moments.starts_after = 0 then around.active_days_30 else 0 end
        + case when moments.starts_after <= 30 and moments.ends_after >= 60 then around.active_days_60 else 0 end
        + case when moments.ends_after = 90 then around.active_days_90 else 0 end as active_days,
        case when moments.starts_after = 0 then around.intent_days_30 else 0 end
        + case when moments.starts_after <= 30 and moments.ends_after >= 60 then around.intent_days_60 else 0 end
        + case when moments.ends_after = 90 then around.intent_days_90 else 0 end as intent_days
    from moments
    inner join {{ ref('int_engagement_around_payments') }} as around
        on
            around.organization_id = moments.organization_id
            and around.account_id = moments.account_id
            and around.asked_at = moments.asked_at
),

churn as (
    select
        moments.*,
        count(losses.ended_at) > 0 as has_come
    from moments
    left join losses
        on
            losses.organization_id = moments.organization_id
            and losses.account_id = moments.account_id
            and losses.ended_at > moments.asked_at + moments.starts_after * interval '1 day'
            and losses.ended_at <= moments.asked_at + moments.ends_after * interval '1 day'
    group by
        moments.organization_id, moments.account_id, moments.asked_at, moments.starts_after, moments.ends_after
),

outcomes as (
    select
        organization_id, account_id, asked_at, 'churn' as outcome, starts_after, ends_after, has_come
    from churn
    union all
    select
        organization_id, account_id, asked_at, 'cancel_intent' as outcome, starts_after, ends_after,
        intent_days > 0 as has_come
    from engagement
    where intent_days_before = 0
    union all
    select
        organization_id, account_id, asked_at, 'engagement_decline' as outcome, starts_after, ends_after,
        -- Fewer than half of the active days that the same customer had in as long a time before.
        active_days < 0.5 * active_days_before * (ends_after - starts_after) / 30 as has_come
    from engagement
    where active_days_before >= 5
),

final as (
    select
        organization_id,
        account_id,
        asked_at,
        outcome,
        starts_after,
        ends_after,
        has_come
    from outcomes
)

select * from final
