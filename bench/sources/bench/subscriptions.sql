select
    'sub_' || lpad(range::varchar, 6, '0') as subscription_id,
    'acct_' || lpad(range::varchar, 6, '0') as account_id,
    'plan' as plan_id,
    'active' as status,
    timestamptz '2024-06-01 00:00:00+00' as started_at
from range(:accounts)
