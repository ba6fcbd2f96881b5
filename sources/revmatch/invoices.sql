-- The charges of one tenant and UTC month are one invoice. A closed month is invoiced on the first of the next; the
-- month that was still running when the data was cut (as_of) is dated at the data's last second.
with
months as (
    select distinct
        tenant_id,
        cast(date_trunc('month', try_cast(billing_time as timestamp)) as timestamp) as month_start
    from read_csv(:data_dir || '/billing_records.csv', header = true, all_varchar = true)
),

dated as (
    select
        tenant_id,
        month_start,
        month_start + interval 1 month as month_end,
        least(month_start + interval 1 month, timestamp '2026-11-20 23:59:59') as issued_at
    from months
)

select
    'inv_' || tenant_id || '_' || strftime(month_start, '%Y-%m') as invoice_id,
    tenant_id as account_id,
    'sub_' || tenant_id as subscription_id,
    'open' as status,
    'USD' as currency,
    month_start as period_start,
    month_end as period_end,
    issued_at,
    issued_at as finalized_at,
    'send_invoice' as collection
from dated
where month_start is not null
