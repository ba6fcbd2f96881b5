-- The segments, with the part they play in the month of the run.
with parts as (
    select
        segment_periods.segment_id,
        bool_or(segment_periods.is_billed_in_month) as is_billed_in_month,
        bool_or(not segment_periods.is_billed_in_month) as is_billed_elsewhere
    from segment_periods
    group by segment_periods.segment_id
)

select
    segments.segment_id,
    segments.organization_id,
    segments.account_id,
    segments.segment_start,
    segments.segment_end,
    segments.is_in_month,
    coalesce(parts.is_billed_in_month, false) as is_billed_in_month,
    coalesce(parts.is_billed_elsewhere, false) as is_billed_elsewhere
from segments
left join parts on segments.segment_id = parts.segment_id
