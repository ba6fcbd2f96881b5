select
    organizations.organization_id,
    organizations.source_name,
    organizations.as_of,
    organizations.grace_days,
    organizations.billing_vendor,
    meter_events.days as meter_event_days,
    organizations.matching,
    'contract_prices' = any(organizations.datasets) as has_contract,
    'commitments' = any(organizations.datasets) as has_commitments,
    'discounts' = any(organizations.datasets) as has_discounts,
    'credit_grants' = any(organizations.datasets) as has_grants,
    'usage_events' = any(organizations.datasets) as has_usage,
    organizations.datasets && array['reported_events', 'reported_usage'] as has_reports,
    organizations.datasets @> array['invoices', 'invoice_lines'] as has_invoices,
    organizations.datasets @> array['invoices', 'invoice_lines', 'credit_notes'] as has_credit_notes,
    organizations.datasets @> array['invoices', 'invoice_lines', 'credit_applications'] as has_prepaid,
    organizations.datasets @> array['invoices', 'invoice_lines', 'payment_attempts'] as has_payments
from {{ source('raw', 'organizations') }} as organizations
left join {{ ref('vendor_windows') }} as meter_events
    on
        meter_events.vendor = organizations.billing_vendor
        and meter_events.action = 'meter_event'
