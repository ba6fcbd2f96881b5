{#- A table: its flags are asked for every item, and working them out from lists costs as much as rating the item. -#}
{{ config(materialized="incremental", incremental_strategy="replace_all") }}

select
    organizations.organization_id,
    organizations.source_name,
    organizations.as_of,
    organizations.grace_days,
    organizations.as_of - {{ days('organizations.grace_days') }} as finalized_until,
    organizations.billing_vendor,
    -- Without a limit nothing is ever beyond it.
    organizations.as_of - {{ days('meter_events.days') }} as beyond_window_until,
    organizations.matching,
    'contract_prices' = any(organizations.datasets) as has_contract,
    'commitments' = any(organizations.datasets) as has_commitments,
    'discounts' = any(organizations.datasets) as has_discounts,
    'credit_grants' = any(organizations.datasets) as has_grants,
    'usage_events' = any(organizations.datasets) as has_usage,
    'engagement_events' = any(organizations.datasets) as has_engagement,
    organizations.datasets && array['reported_events', 'reported_usage'] as has_reports,
    organizations.datasets @> array['invoices', 'invoice_lines'] as has_invoices,
    organizations.datasets @> array['invoices', 'invoice_lines', 'credit_notes'] as has_credit_notes,
    organizations.datasets @> array['invoices', 'invoice_lines', 'credit_applications'] as has_prepaid,
    organizations.datasets @> array['invoices', 'invoice_lines', 'payment_attempts'] as has_payments,
    'refunds' = any(organizations.datasets) as has_refunds,
    'disputes' = any(organizations.datasets) as has_disputes
from {{ source('raw', 'organizations') }} as organizations
left join {{ ref('vendor_windows') }} as meter_events
    on
        meter_events.vendor = organizations.billing_vendor
        and meter_events.action = 'meter_event'
