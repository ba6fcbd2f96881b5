{{ config(materialized="table") }}
{#- The stated rate: one false spike in a hundred years of a meter of an account, so in so many days. -#}
{%- set days_per_false_alarm = 36525 -%}

with
baselines as (
    select * from {{ ref('int_usage_baselines') }}
),

days as (
    select
        *,
        date_trunc('week', usage_date::timestamp)::date as week,
        extract(isodow from usage_date) as weekday
    from {{ ref('stg_usage_daily') }}
),

-- What share of a week each of its days has, over all accounts and the eight weeks before.
weekday_sums as (
    select
        organization_id, meter_id, week, weekday,
        sum(sum(events)) over (
            partition by organization_id, meter_id, weekday order by week::timestamp
            range between interval '56 days' preceding and interval '7 days' preceding
        ) as events
    from days
    group by organization_id, meter_id, week, weekday
),

weekday_shares as (
    select
        *,
        events / sum(events) over (partition by organization_id, meter_id, week) as share
    from weekday_sums
),

busy_days as (
    select
        days.organization_id, days.account_id, days.meter_id, days.usage_date, days.weekday, days.events,
        baselines.dispersion,
        baselines.expected_events * weekday_shares.share as expected_events
    from days
    inner join baselines
        using (organization_id, account_id, meter_id, week)
    inner join weekday_shares
        using (organization_id, meter_id, week, weekday)
    where days.events >= 2 * baselines.expected_events * weekday_shares.share
),

-- Who has other busy days than the rest is compared with the same day of its own weeks, the busiest left out.
own_days as (
    select
        busy_days.organization_id, busy_days.account_id, busy_days.meter_id, busy_days.usage_date,
        (sum(days.events) - max(days.events)) / 7.0 as expected_events
    from busy_days
    inner join days
        on
            days.organization_id = busy_days.organization_id
            and days.account_id = busy_days.account_id
            and days.meter_id = busy_days.meter_id
            and days.weekday = busy_days.weekday
            and days.usage_date between busy_days.usage_date - 56 and busy_days.usage_date - 7
    group by busy_days.organization_id, busy_days.account_id, busy_days.meter_id, busy_days.usage_date
),

expected as (
    select
        busy_days.organization_id, busy_days.account_id, busy_days.meter_id, busy_days.usage_date, busy_days.events,
        busy_days.dispersion,
        greatest(busy_days.expected_events, own_days.expected_events) as expected_events
    from busy_days
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
        and expected_events > 0
        and {{ rarity('events', 'expected_events', 'dispersion') }} >= ln({{ days_per_false_alarm }})
)

select * from final
