select
    'inv_' || lpad(range::varchar, 6, '0') as invoice_id,
    'acct_' || lpad(range::varchar, 6, '0') as account_id,
    'sub_' || lpad(range::varchar, 6, '0') as subscription_id,
    'paid' as status,
    'USD' as currency,
    timestamptz '2025-03-01 00:00:00+00' as period_start,
    timestamptz '2025-04-01 00:00:00+00' as period_end,
    timestamptz '2025-04-02 00:00:00+00' as issued_at,
    timestamptz '2025-04-02 01:00:00+00' as finalized_at
from range(:accounts)
