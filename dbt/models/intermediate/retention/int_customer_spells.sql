{{ config(materialized="table") }}

{#-
  From when until when an account was a customer, on any plan (plan '') and on each: docs/definitions.md#survival. What
  ends and goes on within a calendar month is one spell, as it is no churn of recurring revenue either.
-#}
with
subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

observed as (
    select * from {{ ref('int_observed_since') }}
),

-- greatest() ignores nulls: a trial is no part of a customer's life.
served as (
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        plans.plan_id,
        greatest(subscriptions.started_at, subscriptions.trial_end) as started_at,
        least(subscriptions.ended_at, observed.as_of) as seen_until,
        coalesce(subscriptions.ended_at >= observed.as_of, true) as is_running,
        observed.observed_since,
        observed.as_of
    from subscriptions
    inner join accounts
        on
            accounts.organization_id = subscriptions.organization_id
            and accounts.account_id = subscriptions.account_id
    inner join observed
        on observed.organization_id = subscriptions.organization_id
    cross join lateral (values (''), (subscriptions.plan_id)) as plans (plan_id)
    where
        greatest(subscriptions.started_at, subscriptions.trial_end) < observed.as_of
        and greatest(subscriptions.started_at, subscriptions.trial_end)
        < coalesce(subscriptions.ended_at, 'infinity'::timestamptz)
),

followed as (
    select
        served.*,
        max(seen_until) over (
            partition by organization_id, account_id, plan_id order by started_at, seen_until
            rows between unbounded preceding and 1 preceding
        ) as seen_before
    from served
),

numbered as (
    select
        followed.*,
        count(*) filter (
            where started_at > seen_before
            and date_trunc('month', started_at at time zone 'UTC') > date_trunc('month', seen_before at time zone 'UTC')
        ) over (
            partition by organization_id, account_id, plan_id order by started_at, seen_until
        ) + 1 as spell_number
    from followed
),

final as (
    select
        organization_id,
        account_id,
        plan_id,
        spell_number,
        min(started_at) as started_at,
        case when not bool_or(is_running) then max(seen_until) end as left_at,
        max(seen_until) as seen_until,
        greatest(min(started_at), min(observed_since)) as seen_from
    from numbered
    group by
        organization_id, account_id, plan_id, spell_number
)

select * from final
