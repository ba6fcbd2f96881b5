-- Totals, with the start of the next window of the same account and meter. A window delivered twice is told as a copy.
with
windows as (
    select distinct
        organization_id,
        account_id,
        meter_id,
        window_start
    from reported_usage
),

following as (
    select
        *,
        lead(window_start) over (partition by organization_id, account_id, meter_id order by window_start)
            as next_window_start
    from windows
)

select
    reported_usage.*,
    following.next_window_start
from reported_usage
left join following
    on
        reported_usage.organization_id = following.organization_id
        and reported_usage.account_id = following.account_id
        and reported_usage.meter_id = following.meter_id
        and reported_usage.window_start = following.window_start
