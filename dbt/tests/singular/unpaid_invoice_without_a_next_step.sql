-- A row is an invoice whose open amount is a finding C1, C2 or C6 and that the retry plan lacks, or has with another
-- amount. Tolerance: none. Tax is in both amounts; internal accounts are in no mart.
{{ config(meta={"dagster": {"ref": {"name": "mart_retry_plan"}}}) }}

select
    collection.organization_id,
    collection.invoice_id,
    collection.currency,
    collection.collection_code,
    collection.open_amount,
    planned.outstanding_amount
from {{ ref('int_invoice_collection') }} as collection
inner join {{ ref('stg_organizations') }} as organizations
    on organizations.organization_id = collection.organization_id and organizations.has_payments
inner join {{ ref('stg_invoices') }} as invoices
    on invoices.organization_id = collection.organization_id and invoices.invoice_id = collection.invoice_id
inner join {{ ref('stg_accounts') }} as accounts
    on
        accounts.organization_id = invoices.organization_id
        and accounts.account_id = invoices.account_id
        and not accounts.is_internal
left join {{ ref('mart_retry_plan') }} as planned
    on
        planned.organization_id = collection.organization_id
        and planned.invoice_id = collection.invoice_id
        and planned.currency = collection.currency
where
    collection.collection_code in ('C1', 'C2', 'C6')
    and collection.open_amount is distinct from planned.outstanding_amount
