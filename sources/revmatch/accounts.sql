-- Every tenant that used or was charged for anything; the files tell nothing more about them.
with
tenants as (
    select tenant_id from read_csv(:data_dir || '/usage_events.csv', header = true, all_varchar = true)
    union
    select tenant_id from read_csv(:data_dir || '/billing_records.csv', header = true, all_varchar = true)
)

select
    tenant_id as account_id,
    tenant_id as name,
    'USD' as currency,
    timestamptz '2026-10-01 00:00:00+00' as created_at
from tenants
