select
    organization_id,
    invoice_id,
    account_id,
    subscription_id,
    status,
    currency,
    period_start,
    period_end,
    issued_at,
    finalized_at,
    due_at,
    voided_at,
    replaces_invoice_id,
    collection
from read_parquet(:data_dir || '/invoices.parquet')
