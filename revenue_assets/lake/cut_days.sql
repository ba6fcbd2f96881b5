-- Days inside of which something changes for an account: their events have to be told apart by time.
select distinct
    account_segments.organization_id,
    account_segments.account_id,
    epoch_us(account_segments.segment_start) // 86400000000 as day_number
from account_segments
where epoch_us(account_segments.segment_start) % 86400000000 <> 0
