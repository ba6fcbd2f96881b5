-- The window of the run per account, cut into segments: inside one, all events of a meter belong to the same
-- subscription and period, so that events can be added up first and resolved afterwards, as few rows.
select
    row_number() over ()::integer as segment_id,
    account_cuts.organization_id,
    account_cuts.account_id,
    account_cuts.cut_at as segment_start,
    lead(account_cuts.cut_at, 1, run.window_end) over (
        partition by account_cuts.organization_id, account_cuts.account_id order by account_cuts.cut_at
    ) as segment_end,
    account_cuts.cut_at >= run.month_start as is_in_month
from account_cuts
cross join run
