-- Accounts for which something changes inside the window: their events have to be told apart by time.
select
    account_segments.organization_id,
    account_segments.account_id
from account_segments
group by account_segments.organization_id, account_segments.account_id
having count(*) > 1
