-- By month, so that a close adds up its own.
with
final as (
    select
        organization_id,
        meter_id,
        usage_date,
        month,
        sum(events)::bigint as events
    from {{ ref('stg_usage_daily') }}
    where {{ in_build_range('month') }}
    group by
        organization_id,
        meter_id,
        usage_date,
        month
)

select * from final
