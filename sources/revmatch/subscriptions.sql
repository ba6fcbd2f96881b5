-- Calendar months in UTC; started with the month of the first events.
with
tenants as (
    select tenant_id from read_csv(:data_dir || '/usage_events.csv', header = true, all_varchar = true)
    union
    select tenant_id from read_csv(:data_dir || '/billing_records.csv', header = true, all_varchar = true)
)

select
    'sub_' || tenant_id as subscription_id,
    tenant_id as account_id,
    'pay_per_event' as plan_id,
    'active' as status,
    timestamptz '2026-10-01 00:00:00+00' as started_at,
    1 as anchor_day
from tenants
