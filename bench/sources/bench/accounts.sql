select
    'acct_' || lpad(range::varchar, 6, '0') as account_id,
    'Account ' || range as name,
    'USD' as currency,
    timestamptz '2024-01-01 00:00:00+00' as created_at
from range(:accounts)
