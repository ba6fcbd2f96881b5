{{ config(materialized="table") }}

{#- What each account does in the product, by month: docs/definitions.md#engagement. -#}
with
months as (
    select * from {{ ref('int_engagement_months') }}
),

accounts as (
    select * from {{ ref('int_engaged_accounts') }}
),

days as (
    select * from {{ ref('int_engagement_days') }}
),

counted as (
    select
        accounts.organization_id,
        accounts.account_id,
        accounts.month,
        months.is_complete,
        count(*) filter (where days.is_active) as active_days,
        coalesce(sum(days.events), 0)::bigint as events,
        coalesce(sum(days.logins), 0)::bigint as logins,
        coalesce(sum(days.sessions), 0)::bigint as sessions,
        coalesce(sum(days.feature_uses), 0)::bigint as feature_uses,
        coalesce(sum(days.support_tickets), 0)::bigint as support_tickets,
        coalesce(sum(days.cancel_intents), 0)::bigint as cancel_intents
    from accounts
    inner join months
        on
            months.organization_id = accounts.organization_id
            and months.month = accounts.month
    left join days
        on
            days.organization_id = accounts.organization_id
            and days.account_id = accounts.account_id
            and days.month = accounts.month
    group by accounts.organization_id, accounts.account_id, accounts.month, months.is_complete
),

with_previous as (
    select
        *,
        avg(active_days) over (
            partition by organization_id, account_id
            order by month
            range between interval '3 months' preceding and interval '1 month' preceding
        ) as previous_active_days
    from counted
),

final as (
    select
        organization_id,
        account_id,
        month,
        is_complete,
        active_days,
        events,
        logins,
        sessions,
        feature_uses,
        support_tickets,
        cancel_intents,
        events - logins - sessions - feature_uses - support_tickets - cancel_intents as other_events,
        previous_active_days::numeric(38, 12) as previous_active_days,
        -- Half a month is not compared with whole ones.
        case when is_complete then active_days / nullif(previous_active_days, 0) - 1 end::numeric(38, 12)
            as active_days_change
    from with_previous
)

select * from final
