-- By month, so that a close adds up its own; a week of two months has two rows. What follows is planned by its size.
with
events as (
    select * from {{ ref('stg_usage_daily') }}
    where {{ in_build_range('month') }}
),

final as (
    select
        organization_id,
        account_id,
        meter_id,
        month,
        date_trunc('week', usage_date::timestamp)::date as week,
        sum(events)::bigint as events
    from events
    group by
        organization_id,
        account_id,
        meter_id,
        month,
        date_trunc('week', usage_date::timestamp)
)

select * from final
