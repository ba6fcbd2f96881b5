select
    organization_id,
    source_name,
    as_of,
    grace_days,
    matching,
    'contract_prices' = any(datasets) as has_contract,
    'commitments' = any(datasets) as has_commitments,
    'discounts' = any(datasets) as has_discounts,
    'credit_grants' = any(datasets) as has_grants,
    'usage_events' = any(datasets) as has_usage,
    datasets && array['reported_events', 'reported_usage'] as has_reports,
    datasets @> array['invoices', 'invoice_lines'] as has_invoices,
    datasets @> array['invoices', 'invoice_lines', 'credit_notes'] as has_credit_notes,
    datasets @> array['invoices', 'invoice_lines', 'credit_applications'] as has_prepaid,
    datasets @> array['invoices', 'invoice_lines', 'payment_attempts'] as has_payments
from {{ source('raw', 'organizations') }}
