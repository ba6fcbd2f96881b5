-- One row per organization and month that was loaded: its events, the first and the latest (the watermark), until when
-- there should be some (the end of the month, or as_of if that is earlier), and the hours without any that are usually busy.
-- An hour is missing when it has no event, although the same hour of the week usually has LEAST events or more, or
-- although its whole day has none and the same weekday usually has. Usual is the median of those of the month and the one
-- before that have events, of which there must be two. Hours before the first event known are not judged, nor, in a month
-- that is not over at as_of, those after the last: more may be on its way.
with hours as (
    select
        moments.organization_id,
        epoch_us(moments.occurred_at) // 3600000000 as hour_number,
        count(*) as events,
        min(moments.occurred_at) as first_event_at,
        max(moments.occurred_at) as last_event_at
    from moments
    group by all
),

days as (
    select
        hours.organization_id,
        hours.hour_number // 24 as day_number,
        sum(hours.events) as events
    from hours
    group by all
),

busy_hours as (
    select
        hours.organization_id,
        hours.hour_number % 168 as hour_of_week
    from hours
    group by all
    having count(*) > 1 and median(hours.events) >= getvariable('least')
),

busy_days as (
    select
        days.organization_id,
        days.day_number % 7 as day_of_week
    from days
    group by all
    having count(*) > 1 and median(days.events) >= getvariable('least')
),

known as (
    select
        hours.organization_id,
        min(hours.hour_number) as first_hour,
        max(hours.hour_number) as last_hour
    from hours
    group by hours.organization_id
),

-- Whole hours only: the one in which as_of lies, or that of the last event of a running month, is not over.
spans as (
    select
        organizations.organization_id,
        months.month_start,
        least(months.month_end, organizations.as_of) as complete_until,
        greatest(epoch_us(months.month_start) // 3600000000, known.first_hour) as from_hour,
        if(
            organizations.as_of >= months.month_end,
            epoch_us(months.month_end) // 3600000000,
            least(epoch_us(organizations.as_of) // 3600000000, known.last_hour)
        ) as until_hour
    from organizations
    cross join months
    inner join known on known.organization_id = organizations.organization_id
    where months.month_start < organizations.as_of
),

judged as (
    select
        spans.organization_id,
        spans.month_start,
        spans.hour_number,
        hours.hour_number is null as is_empty,
        busy_hours.hour_of_week is not null as is_busy_hour,
            -- Nor is such a day.
        days.day_number is null and busy_days.day_of_week is not null
        and (spans.hour_number // 24 + 1) * 24 <= spans.until_hour as is_empty_busy_day
    from (
        select
            spans.*,
            unnest(range(spans.from_hour, spans.until_hour)) as hour_number
        from spans
    ) as spans
    left join hours
        on
            hours.organization_id = spans.organization_id
            and hours.hour_number = spans.hour_number
    left join days
        on
            days.organization_id = spans.organization_id
            and days.day_number = spans.hour_number // 24
    left join busy_hours
        on
            busy_hours.organization_id = spans.organization_id
            and busy_hours.hour_of_week = spans.hour_number % 168
    left join busy_days
        on
            busy_days.organization_id = spans.organization_id
            and busy_days.day_of_week = spans.hour_number // 24 % 7
),

missing as (
    select
        judged.organization_id,
        judged.month_start,
        judged.hour_number,
        judged.hour_number - row_number() over (
            partition by judged.organization_id, judged.month_start order by judged.hour_number
        ) as gap
    from judged
    where judged.is_empty and (judged.is_busy_hour or judged.is_empty_busy_day)
),

gaps as (
    select
        missing.organization_id,
        missing.month_start,
        make_timestamptz(min(missing.hour_number) * 3600000000) as gap_start,
        count(*) as gap_hours
    from missing
    group by missing.organization_id, missing.month_start, missing.gap
),

gaps_of_months as (
    select
        gaps.organization_id,
        gaps.month_start,
        sum(gaps.gap_hours)::bigint as missing_hours,
        string_agg(
            gaps.gap_hours || ' h from ' || strftime(gaps.gap_start, '%Y-%m-%d %H:%M'), ', ' order by gaps.gap_start
        ) as missing
    from gaps
    group by gaps.organization_id, gaps.month_start
),

judged_hours as (
    select
        judged.organization_id,
        judged.month_start,
        count(*) filter (where judged.is_busy_hour) as busy_hours
    from judged
    group by judged.organization_id, judged.month_start
)

select
    spans.organization_id,
    strftime(spans.month_start, '%Y-%m') as month,
    coalesce(sum(hours.events), 0)::bigint as events,
    min(hours.first_event_at) as first_event_at,
    max(hours.last_event_at) as watermark_at,
    spans.complete_until,
    coalesce(max(judged_hours.busy_hours), 0)::bigint as busy_hours,
    coalesce(max(gaps_of_months.missing_hours), 0)::bigint as missing_hours,
    max(gaps_of_months.missing) as missing
from spans
left join hours
    on
        hours.organization_id = spans.organization_id
        and hours.hour_number >= spans.from_hour
        and hours.hour_number < epoch_us(spans.month_start + interval 1 month) // 3600000000
left join judged_hours
    on
        judged_hours.organization_id = spans.organization_id
        and judged_hours.month_start = spans.month_start
left join gaps_of_months
    on
        gaps_of_months.organization_id = spans.organization_id
        and gaps_of_months.month_start = spans.month_start
group by spans.organization_id, spans.month_start, spans.complete_until
order by spans.organization_id, spans.month_start
