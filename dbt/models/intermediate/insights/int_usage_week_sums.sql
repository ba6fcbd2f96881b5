{{ config(materialized="table") }}

-- A table of its own, because what follows is planned by its size.
with
events as (
    select * from {{ ref('stg_usage_daily') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

final as (
    select
        events.organization_id,
        events.account_id,
        events.meter_id,
        date_trunc('week', events.usage_date::timestamp)::date as week,
        sum(events.events)::bigint as events
    from events
    inner join accounts
        on
            accounts.organization_id = events.organization_id
            and accounts.account_id = events.account_id
    group by
        events.organization_id,
        events.account_id,
        events.meter_id,
        date_trunc('week', events.usage_date::timestamp)
)

select * from final
