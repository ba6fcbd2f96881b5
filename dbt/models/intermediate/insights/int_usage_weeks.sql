{{ config(materialized="table") }}

{#- How busy an account's meter is, week by week, weeks of silence included: docs/definitions.md#insights. -#}
with
accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

sums as (
    select
        by_month.organization_id,
        by_month.account_id,
        by_month.meter_id,
        by_month.week,
        sum(by_month.events)::bigint as events
    from {{ ref('int_usage_week_sums') }} as by_month
    inner join accounts
        on
            accounts.organization_id = by_month.organization_id
            and accounts.account_id = by_month.account_id
    group by
        by_month.organization_id,
        by_month.account_id,
        by_month.meter_id,
        by_month.week
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

closed_months as (
    select distinct
        organization_id,
        month
    from {{ ref('int_usage_week_sums') }}
),

first_months as (
    select
        organization_id,
        min(month) as month
    from closed_months
    group by organization_id
),

mondays as (
    select
        organizations.organization_id,
        days.monday::date as week
    from organizations
    inner join first_months
        on first_months.organization_id = organizations.organization_id
    cross join
        lateral generate_series(
            date_trunc('week', first_months.month::timestamp),
            (organizations.as_of at time zone 'UTC') - interval '7 days',
            interval '7 days'
        ) as days (monday)
),

-- Weeks from Monday on that are over, and whose months have been closed.
weeks as (
    select
        mondays.organization_id,
        mondays.week
    from mondays
    inner join closed_months as of_monday
        on
            of_monday.organization_id = mondays.organization_id
            and of_monday.month = date_trunc('month', mondays.week::timestamp)::date
    inner join closed_months as of_sunday
        on
            of_sunday.organization_id = mondays.organization_id
            and of_sunday.month = date_trunc('month', mondays.week::timestamp + interval '6 days')::date
),

begun as (
    select
        organization_id,
        account_id,
        meter_id,
        min(week) as first_week
    from sums
    group by
        organization_id,
        account_id,
        meter_id
),

-- The first week is a part of one.
grid as (
    select
        begun.organization_id,
        begun.account_id,
        begun.meter_id,
        weeks.week
    from begun
    inner join weeks
        on
            weeks.organization_id = begun.organization_id
            and weeks.week > begun.first_week
),

final as (
    select
        organization_id,
        account_id,
        meter_id,
        week,
        coalesce(sums.events, 0) as events
    from grid
    left join sums
        using (organization_id, account_id, meter_id, week)
)

select * from final
