-- One invoice per tenant for November, dated on the first of December.
select
    'inv-' || numbered.number || '-2023-11' as invoice_id,
    'tenant-' || numbered.number as account_id,
    'sub-' || numbered.number as subscription_id,
    'open' as status,
    'USD' as currency,
    timestamptz '2023-11-01 00:00:00+00' as period_start,
    timestamptz '2023-12-01 00:00:00+00' as period_end,
    timestamptz '2023-12-01 00:00:00+00' as issued_at,
    timestamptz '2023-12-01 00:00:00+00' as finalized_at,
    'send_invoice' as collection
from range(8) as numbered (number)
