{{ config(materialized="table") }}

{#- What an account did on a day, by kind of event: docs/definitions.md#engagement. Accounts that nobody knows are
    there, internal ones are not. -#}
with
engagement as (
    select * from {{ ref('stg_engagement_daily') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

final as (
    select
        engagement.organization_id,
        engagement.account_id,
        engagement.day,
        engagement.month,
        -- Tickets and intents to cancel rise when a customer is about to leave: they must not hide that it does less.
        bool_or(engagement.event_name not in ('support_ticket', 'cancel_intent')) as is_active,
        sum(engagement.events)::bigint as events,
        coalesce(sum(engagement.events) filter (where engagement.event_name = 'login'), 0)::bigint as logins,
        coalesce(sum(engagement.events) filter (where engagement.event_name = 'session'), 0)::bigint as sessions,
        coalesce(sum(engagement.events) filter (where engagement.event_name = 'feature_used'), 0)::bigint
            as feature_uses,
        coalesce(sum(engagement.events) filter (where engagement.event_name = 'support_ticket'), 0)::bigint
            as support_tickets,
        coalesce(sum(engagement.events) filter (where engagement.event_name = 'cancel_intent'), 0)::bigint
            as cancel_intents
    from engagement
    left join accounts
        on
            accounts.organization_id = engagement.organization_id
            and accounts.account_id = engagement.account_id
    where accounts.is_internal is not true
    group by
        engagement.organization_id, engagement.account_id, engagement.day, engagement.month
)

select * from final
