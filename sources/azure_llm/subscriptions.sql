-- Every tenant from 2023-11-01, by calendar month in UTC.
select
    'sub-' || numbered.number as subscription_id,
    'tenant-' || numbered.number as account_id,
    'pay_per_token' as plan_id,
    'active' as status,
    timestamptz '2023-11-01 00:00:00+00' as started_at,
    1 as anchor_day
from range(8) as numbered (number)
