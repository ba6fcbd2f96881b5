-- Every billing period that overlaps the window of the run, whatever month it is billed in: one row per subscription
-- and served window. Whole periods run from local midnight to local midnight of the anchor day (31 means the last day
-- of shorter months); the served window is the part of it in which the subscription is in service. A pause inside of a
-- whole period leaves two served windows of it.
-- Functions of time zones cost a microsecond each, a hundred times plain arithmetic: they are asked once per zone and
-- day, and never for UTC.
with dated as (
    select
        service_windows.*,
        case
            when service_windows.time_zone = 'UTC' then make_timestamp(epoch_us(service_windows.service_start))
            else timezone(service_windows.time_zone, service_windows.service_start)
        end::date as service_date,
        case
            when service_windows.time_zone = 'UTC' then make_timestamp(epoch_us(service_windows.service_end) - 1)
            else timezone(service_windows.time_zone, make_timestamptz(epoch_us(service_windows.service_end) - 1))
        end::date as last_date,
        case
            when service_windows.paused_at is null then null
            else timezone(service_windows.time_zone, make_timestamptz(epoch_us(service_windows.paused_at) - 1))
        end::date as paused_date,
        case
            when service_windows.service_start = service_windows.started_at then null
            when service_windows.anchor_day is not null and service_windows.interval_months = 1 then null
            else timezone(service_windows.time_zone, service_windows.started_at)
        end::date as earlier_start_date,
        case
            when service_windows.trial_end is null or service_windows.interval_months = 1 then null
            else timezone(service_windows.time_zone, service_windows.trial_end)
        end::date as trial_end_date
    from service_windows
),

-- The day of the month and, for years, the month on which whole periods begin. A source that anchors to the end of the
-- trial says so by its anchor day.
anchored as (
    select
        dated.*,
        -- A day on which service stopped and went on counts once.
        greatest(dated.service_date, dated.paused_date + 1) as first_date,
        coalesce(dated.anchor_day, day(coalesce(dated.earlier_start_date, dated.service_date))) as boundary_day,
        month(
            case
                when day(dated.trial_end_date) = dated.anchor_day then dated.trial_end_date
                else coalesce(dated.earlier_start_date, dated.service_date)
            end
        ) as boundary_month
    from dated
),

-- Months in which a whole period may begin. From one interval and two months before the window on is enough: an anchor
-- day that a month does not have, and the distance of a zone from UTC, move a boundary by less than that.
first_months as (
    select
        anchored.*,
        unnest(
            generate_series(
                greatest(
                    date_trunc('month', run.window_first_date - to_months(anchored.interval_months + 1)),
                    date_trunc('month', anchored.first_date - to_months(anchored.interval_months))
                )::timestamp,
                run.window_last_date::timestamp,
                interval 1 month
            )
        )::date as first_month
    from anchored
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
    where first_months.interval_months = 1 or month(first_months.first_month) = first_months.boundary_month
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
        greatest(starts.midnight, near_dates.service_start) as period_start,
        least(ends.midnight, near_dates.service_end) as period_end
    from near_dates
    inner join midnights as starts
        on near_dates.time_zone = starts.time_zone and near_dates.whole_from = starts.local_date
    inner join midnights as ends
        on near_dates.time_zone = ends.time_zone and near_dates.whole_to = ends.local_date
),

-- Days are local dates, and a day that was begun counts: those of the start and of the end count whole. After a pause
-- of an hour no day may be left.
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
