{{ config(materialized="table") }}

{#- The state of every subscription at the last instant of each month, while it has a customer, and the billing period
    that runs then. The period is that of the lake's calendar.sql, which knows only the months that were closed. -#}
with
months as (
    select * from {{ ref('int_months') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

plans as (
    select * from {{ ref('stg_plans') }}
),

-- A trial is no customer yet; a pause is one without service.
customers as (
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        subscriptions.subscription_id,
        subscriptions.plan_id,
        months.month,
        coalesce(plans.currency, accounts.currency) as currency,
        case when plans.billing_interval = 'year' then 12 else 1 end as interval_months,
        subscriptions.time_zone,
        months.seen_until - interval '1 microsecond' as seen_at,
        {{ is_served('subscriptions', "(months.seen_until - interval '1 microsecond')") }} as is_in_service,
        greatest(
            subscriptions.started_at,
            subscriptions.trial_end,
            case when subscriptions.pause_end < months.seen_until then subscriptions.pause_end end
        ) as served_from,
        least(
            subscriptions.ended_at,
            case when subscriptions.pause_start >= months.seen_until then subscriptions.pause_start end
        ) as served_until,
        (months.seen_until - interval '1 microsecond') at time zone subscriptions.time_zone as local_time,
        subscriptions.started_at at time zone subscriptions.time_zone as local_start,
        subscriptions.trial_end at time zone subscriptions.time_zone as local_trial_end,
        subscriptions.anchor_day
    from subscriptions
    inner join accounts
        on
            accounts.organization_id = subscriptions.organization_id
            and accounts.account_id = subscriptions.account_id
    inner join months
        on
            months.organization_id = subscriptions.organization_id
            and months.seen_until > greatest(subscriptions.started_at, subscriptions.trial_end)
            and months.seen_until <= coalesce(subscriptions.ended_at, 'infinity'::timestamptz)
    left join plans
        on
            plans.organization_id = subscriptions.organization_id
            and plans.plan_id = subscriptions.plan_id
),

anchored as (
    select
        *,
        coalesce(anchor_day, extract(day from local_start)::integer) as boundary_day,
        case
            when interval_months = 1 then date_trunc('month', local_time)
            else
                date_trunc('year', local_time)
                + (
                    extract(
                        month from
                        case
                            when extract(day from local_trial_end) = anchor_day then local_trial_end else local_start
                        end
                    )
                    - 1
                ) * interval '1 month'
        end as boundary_month
    from customers
),

-- The whole period begins in this month (or year), or, before its anchor day, in the one before.
whole as (
    select
        *,
        case
            when {{ boundary_in('boundary_month', 'boundary_day') }} <= local_time::date then boundary_month
            else boundary_month - interval_months * interval '1 month'
        end as whole_month
    from anchored
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        month,
        plan_id,
        currency,
        interval_months,
        seen_at,
        is_in_service,
        greatest(
            served_from, {{ boundary_in('whole_month', 'boundary_day') }}::timestamp at time zone time_zone
        ) as period_start,
        least(
            served_until,
            {{ boundary_in("whole_month + interval_months * interval '1 month'", 'boundary_day') }}::timestamp
            at time zone time_zone
        ) as period_end
    from whole
)

select * from final
