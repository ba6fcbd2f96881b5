-- The window of the run, cut per account wherever anything about its claims changes: a period or a price of one of
-- its subscriptions begins or ends. Inside a segment all events of a meter belong to the same subscription and period,
-- so that events can be added up by segment first and resolved afterwards, as few rows. No segment crosses the start
-- of the month, so that usage nobody claims can be told by month.
with cuts as (
    select
        calendar.organization_id,
        calendar.account_id,
        run.window_start as cut_at
    from calendar
    cross join run
    union
    select
        calendar.organization_id,
        calendar.account_id,
        run.month_start as cut_at
    from calendar
    cross join run
    union
    select
        calendar.organization_id,
        calendar.account_id,
        calendar.period_start as cut_at
    from calendar
    union
    select
        calendar.organization_id,
        calendar.account_id,
        calendar.period_end as cut_at
    from calendar
    union
    select
        subscription_meters.organization_id,
        subscription_meters.account_id,
        subscription_meters.valid_from as cut_at
    from subscription_meters
    union
    select
        subscription_meters.organization_id,
        subscription_meters.account_id,
        subscription_meters.valid_to as cut_at
    from subscription_meters
),

segments as (
    select
        cuts.organization_id,
        cuts.account_id,
        cuts.cut_at as segment_start,
        lead(cuts.cut_at, 1, run.window_end) over (
            partition by cuts.organization_id, cuts.account_id order by cuts.cut_at
        ) as segment_end
    from cuts
    cross join run
    where cuts.cut_at >= run.window_start and cuts.cut_at < run.window_end
)

select
    row_number() over ()::integer as segment_id,
    segments.organization_id,
    segments.account_id,
    segments.segment_start,
    segments.segment_end,
    segments.segment_start >= any_value(run.month_start) as is_in_month,
    coalesce(bool_or(calendar.billing_month = run.billing_month), false) as is_billed_in_month,
    coalesce(bool_or(calendar.billing_month <> run.billing_month), false) as is_billed_elsewhere
from segments
cross join run
left join calendar
    on
        segments.organization_id = calendar.organization_id
        and segments.account_id = calendar.account_id
        and calendar.period_start <= segments.segment_start
        and calendar.period_end > segments.segment_start
group by segments.organization_id, segments.account_id, segments.segment_start, segments.segment_end
