{{ config(materialized="table") }}
{#- The stated rate: one false spike in a hundred years of a meter of an account, so in so many days. -#}
{%- set days_per_false_alarm = 36525 -%}

with
baselines as (
    select * from {{ ref('int_usage_baselines') }}
),

days as not materialized (
    select
        *,
        date_trunc('week', usage_date::timestamp)::date as week,
        extract(isodow from usage_date) as weekday
    from {{ ref('stg_usage_daily') }}
),

meter_days as (
    select
        *,
        date_trunc('week', usage_date::timestamp)::date as week,
        extract(isodow from usage_date) as weekday
    from {{ ref('int_usage_meter_days') }}
),

-- What share of a week each of its days has, over all accounts and the eight weeks before.
weekday_sums as (
    select
        organization_id, meter_id, week, weekday,
        sum(events) over (
            partition by organization_id, meter_id, weekday order by week::timestamp
            range between interval '56 days' preceding and interval '7 days' preceding
        ) as events
    from meter_days
),

weekday_shares as (
    select
        *,
        events / sum(events) over (partition by organization_id, meter_id, week) as share
    from weekday_sums
),

-- Kept apart by the offset: joined the other way round, every week of an account would be spread over seven days first.
judged as (
    select
        days.*,
        baselines.dispersion,
        baselines.expected_events as expected_of_week
    from days
    inner join baselines
        using (organization_id, account_id, meter_id, week)
    offset 0 -- noqa: AM09
),

busy_days as (
    select
        judged.organization_id, judged.account_id, judged.meter_id, judged.usage_date, judged.weekday, judged.events,
        judged.dispersion,
        judged.expected_of_week * weekday_shares.share as expected_events
    from judged
    inner join weekday_shares
        using (organization_id, meter_id, week, weekday)
    where judged.events >= 2 * judged.expected_of_week * weekday_shares.share
),

-- Who is compared with more is less rare, so that what is not rare here is looked at no further.
rare_days as (
    select * from busy_days
    where
        expected_events > 0
        and {{ rarity('events', 'expected_events', 'dispersion') }} >= ln({{ days_per_false_alarm }})
),

-- Who has other busy days than the rest is compared with the same day of its own weeks, the busiest left out.
own_days as (
    select
        rare_days.organization_id, rare_days.account_id, rare_days.meter_id, rare_days.usage_date,
        (sum(days.events) - max(days.events)) / 7.0 as expected_events
    from rare_days
    inner join days
        on
            days.organization_id = rare_days.organization_id
            and days.account_id = rare_days.account_id
            and days.meter_id = rare_days.meter_id
            and days.weekday = rare_days.weekday
            and days.usage_date between rare_days.usage_date - 56 and rare_days.usage_date - 7
    group by rare_days.organization_id, rare_days.account_id, rare_days.meter_id, rare_days.usage_date
),

expected as (
    select
        rare_days.organization_id, rare_days.account_id, rare_days.meter_id, rare_days.usage_date, rare_days.events,
        rare_days.dispersion,
        greatest(rare_days.expected_events, own_days.expected_events) as expected_events
    from rare_days
    left join own_days
        using (organization_id, account_id, meter_id, usage_date)
),

final as (
    select
        organization_id,
        account_id,
        meter_id,
        usage_date,
        events,
        round(expected_events, 12) as expected_events,
        dispersion
    from expected
    where
        events >= 2 * expected_events
        and {{ rarity('events', 'expected_events', 'dispersion') }} >= ln({{ days_per_false_alarm }})
)

select * from final
