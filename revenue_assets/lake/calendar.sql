-- Every billing period that overlaps the window of the run, whatever month it is billed in: one row per subscription
-- and served period. Whole periods run from local midnight to local midnight of the anchor day (31 means the last day
-- of shorter months); the served window is the part of it between the subscription's start and end.
-- Functions of time zones cost a microsecond each, a hundred times plain arithmetic: they are asked once per zone and
-- day, and never for UTC.
with terms as (
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        subscriptions.subscription_id,
        subscriptions.plan_id,
        coalesce(plans.currency, accounts.currency) as currency,
        subscriptions.started_at,
        subscriptions.ended_at,
        subscriptions.anchor_day,
        coalesce(subscriptions.time_zone, 'UTC') as time_zone,
        if(plans.billing_interval = 'year', 12, 1) as interval_months
    from subscriptions
    left join plans
        on
            subscriptions.organization_id = plans.organization_id
            and subscriptions.plan_id = plans.plan_id
    left join accounts
        on
            subscriptions.organization_id = accounts.organization_id
            and subscriptions.account_id = accounts.account_id
    cross join run
    where
        subscriptions.started_at < run.window_end
        and coalesce(subscriptions.ended_at > run.window_start, true)
        and coalesce(subscriptions.ended_at > subscriptions.started_at, true)
),

dated as (
    select
        terms.*,
        case
            when terms.time_zone = 'UTC' then make_timestamp(epoch_us(terms.started_at))
            else timezone(terms.time_zone, terms.started_at)
        end::date as first_date,
        case
            when terms.time_zone = 'UTC' then make_timestamp(epoch_us(terms.ended_at) - 1)
            else timezone(terms.time_zone, make_timestamptz(epoch_us(terms.ended_at) - 1))
        end::date as last_date
    from terms
),

-- Months in which a whole period may begin. From one interval and two months before the window on is enough: an anchor
-- day that a month does not have, and the distance of a zone from UTC, move a boundary by less than that.
first_months as (
    select
        dated.*,
        coalesce(dated.anchor_day, day(dated.first_date)) as boundary_day,
        unnest(
            generate_series(
                greatest(
                    date_trunc('month', run.window_first_date - to_months(dated.interval_months + 1)),
                    date_trunc('month', dated.first_date - to_months(dated.interval_months))
                )::timestamp,
                run.window_last_date::timestamp,
                interval 1 month
            )
        )::date as first_month
    from dated
    cross join run
),

whole_dates as (
    select
        first_months.*,
        first_months.first_month
        + (least(first_months.boundary_day, day(last_day(first_months.first_month))) - 1)::integer as whole_from,
        (first_months.first_month + to_months(first_months.interval_months))::date
        + (
            least(
                first_months.boundary_day,
                day(last_day((first_months.first_month + to_months(first_months.interval_months))::date))
            ) - 1
        )::integer as whole_to
    from first_months
    where first_months.interval_months = 1 or month(first_months.first_month) = month(first_months.first_date)
),

near_dates as (
    select whole_dates.*
    from whole_dates
    cross join run
    where
        whole_dates.whole_to >= greatest(run.window_first_date - 1, whole_dates.first_date)
        and whole_dates.whole_from <= least(run.window_last_date + 1, whole_dates.last_date)
),

boundary_dates as (
    select
        near_dates.time_zone,
        near_dates.whole_from as local_date
    from near_dates
    union
    select
        near_dates.time_zone,
        near_dates.whole_to as local_date
    from near_dates
),

midnights as (
    select
        boundary_dates.time_zone,
        boundary_dates.local_date,
        timezone(boundary_dates.time_zone, boundary_dates.local_date::timestamp) as midnight
    from boundary_dates
),

served as (
    select
        near_dates.*,
        starts.midnight as whole_start,
        ends.midnight as whole_end,
        greatest(starts.midnight, near_dates.started_at) as period_start,
        least(ends.midnight, near_dates.ended_at) as period_end
    from near_dates
    inner join midnights as starts
        on near_dates.time_zone = starts.time_zone and near_dates.whole_from = starts.local_date
    inner join midnights as ends
        on near_dates.time_zone = ends.time_zone and near_dates.whole_to = ends.local_date
),

-- Days are local dates, and a day that was begun counts: those of the start and of the end count whole.
counted as (
    select
        served.*,
        if(served.period_end = served.whole_end, served.whole_to, served.last_date + 1)
        - if(served.period_start = served.whole_start, served.whole_from, served.first_date) as days_in_service,
        served.whole_to - served.whole_from as days_in_period
    from served
)

select
    row_number() over ()::integer as period_id,
    counted.organization_id,
    counted.account_id,
    counted.subscription_id,
    counted.plan_id,
    counted.currency,
    counted.started_at,
    counted.period_start,
    counted.period_end,
    counted.days_in_service::integer as days_in_service,
    counted.days_in_period::integer as days_in_period,
    (epoch_us(counted.period_end) - epoch_us(counted.period_start)) // 1000000 as seconds_in_service,
    (epoch_us(counted.whole_end) - epoch_us(counted.whole_start)) // 1000000 as seconds_in_period,
    -- Division of decimals is done in floating point: whole trillionths are divided as integers, half away from zero.
    (
        ((2000000000000 * counted.days_in_service + counted.days_in_period) // (2 * counted.days_in_period))::decimal(
            25, 0
        ) * 0.000000000001::decimal(13, 12)
    )::decimal(38, 12) as fraction,
    date_trunc('month', make_timestamp(epoch_us(counted.period_end) - 1))::date as billing_month
from counted
cross join run
where
    counted.period_start < counted.period_end
    and counted.period_start < run.window_end
    and counted.period_end > run.window_start
