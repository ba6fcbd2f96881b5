-- A row is a meter and billing period whose days have other events than its usage, or, where units add up, other units;
-- or usage that no period claims with other events than its days.
{{ config(meta={"dagster": {"ref": {"name": "stg_period_usage_daily"}}}) }}

with
days as (
    select * from {{ ref('stg_period_usage_daily') }}
    where {{ in_build_range('billing_month') }}
),

usage as (
    select * from {{ ref('stg_period_usage') }}
    where {{ in_build_range('billing_month') }}
),

unclaimed as (
    select * from {{ ref('stg_unclaimed_usage') }}
    where
        {{ in_build_range('billing_month') }}
        and meter_id <> ''
),

meters as (
    select * from {{ ref('stg_meters') }}
),

by_days as (
    select
        organization_id, account_id, subscription_id, meter_id, outcome, period_start,
        sum(events) as events,
        sum(units) as units
    from days
    group by organization_id, account_id, subscription_id, meter_id, outcome, period_start
),

by_source as (
    select
        organization_id, account_id, subscription_id, meter_id, 'claimed' as outcome, period_start,
        coalesce(events_actual, 0)::numeric as events,
        units_actual as units
    from usage
    union all
    select
        organization_id, account_id, '' as subscription_id, meter_id, outcome,
        billing_month::timestamp at time zone 'UTC' as period_start,
        sum(events) as events,
        null as units
    from unclaimed
    group by organization_id, account_id, meter_id, outcome, billing_month
)

select
    organization_id, account_id, subscription_id, meter_id, outcome, period_start,
    by_days.events, by_source.events as source_events, by_days.units, by_source.units as source_units
from by_days
full join by_source
    using (organization_id, account_id, subscription_id, meter_id, outcome, period_start)
left join meters
    using (organization_id, meter_id)
where
    coalesce(by_days.events, 0) <> coalesce(by_source.events, 0)
    or (
        outcome = 'claimed'
        and coalesce(meters.aggregation, 'sum') in ('sum', 'count')
        and coalesce(by_days.units, 0) <> coalesce(by_source.units, 0)
    )
