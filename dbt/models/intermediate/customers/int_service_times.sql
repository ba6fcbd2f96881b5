{{ config(materialized="table") }}

{#- When each subscription was there for its customer, until as_of: trials count, pauses do not, since in a pause nobody
    is expected to do anything. One row per unbroken time, at most two per subscription. -#}
with
subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

terms as (
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        subscriptions.subscription_id,
        subscriptions.plan_id,
        subscriptions.started_at,
        subscriptions.canceled_at,
        least(subscriptions.ended_at, organizations.as_of) as ends_at,
        -- A pause that ends as it starts is none.
        case
            when coalesce(subscriptions.pause_end > subscriptions.pause_start, true) then subscriptions.pause_start
        end as pause_start,
        subscriptions.pause_end
    from subscriptions
    inner join organizations
        on organizations.organization_id = subscriptions.organization_id
    left join accounts
        on
            accounts.organization_id = subscriptions.organization_id
            and accounts.account_id = subscriptions.account_id
    where accounts.is_internal is not true
),

parts as (
    select
        terms.*,
        terms.started_at as served_from,
        least(terms.pause_start, terms.ends_at) as served_until
    from terms
    union all
    select
        terms.*,
        greatest(terms.started_at, terms.pause_end) as served_from,
        terms.ends_at as served_until
    from terms
    where terms.pause_start is not null and terms.pause_end is not null
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        served_from,
        served_until,
        plan_id,
        started_at,
        canceled_at
    from parts
    where served_from < served_until
)

select * from final
