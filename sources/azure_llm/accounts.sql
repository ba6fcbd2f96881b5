-- Eight tenants, by the rule of usage_events.sql.
select
    'tenant-' || numbered.number as account_id,
    'Tenant ' || numbered.number as name,
    'USD' as currency,
    timestamptz '2023-11-01 00:00:00+00' as created_at
from range(8) as numbered (number)
