-- Staged events and extra copies per organization: raw rows = events + duplicates.
with delivered as (
    select
        raw_events.organization_id,
        count(*) as raw_rows
    from raw_events
    group by raw_events.organization_id
),

extra as (
    select
        extra_copies.organization_id,
        count(*) as duplicates
    from extra_copies
    group by extra_copies.organization_id
)

select
    run.source_name,
    delivered.organization_id,
    run.billing_month as month,
    run.dataset,
    delivered.raw_rows - coalesce(extra.duplicates, 0) as events,
    coalesce(extra.duplicates, 0) as duplicates
from delivered
cross join run
left join extra on delivered.organization_id = extra.organization_id
order by delivered.organization_id
