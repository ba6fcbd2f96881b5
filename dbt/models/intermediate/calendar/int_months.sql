{{ config(materialized="table") }}

{#- The calendar of the marts that look at every month a company has lived: docs/definitions.md#calendar-months. -#}
with
organizations as (
    select * from {{ ref('stg_organizations') }}
),

beginnings as (
    select
        organization_id,
        min(began_at) as began_at
    from (
        select organization_id, started_at as began_at from {{ ref('stg_subscriptions') }}
        union all
        select organization_id, issued_at as began_at from {{ ref('stg_invoices') }}
        union all
        select organization_id, period_start as began_at from {{ ref('stg_billing_periods') }}
    ) as everything
    group by
        organization_id
),

starts as (
    select
        organizations.organization_id,
        organizations.as_of,
        months.month_start
    from organizations
    inner join beginnings
        on beginnings.organization_id = organizations.organization_id
    cross join lateral generate_series(
        date_trunc('month', beginnings.began_at at time zone 'UTC'),
        date_trunc('month', organizations.as_of at time zone 'UTC'),
        interval '1 month'
    ) as months (month_start)
),

final as (
    select
        organization_id,
        month_start::date as month,
        month_start at time zone 'UTC' as starts_at,
        (month_start + interval '1 month') at time zone 'UTC' as ends_at,
        least((month_start + interval '1 month') at time zone 'UTC', as_of) as seen_until,
        (month_start + interval '1 month') at time zone 'UTC' <= as_of as is_complete
    from starts
)

select * from final
