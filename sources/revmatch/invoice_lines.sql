-- One line per tenant, UTC month and event: how many charges there were, and what they sum to. A charge at an amount
-- that is no price is on a line of no meter; one whose amount or time cannot be read is a line of its own, which the
-- contract then sets aside with the reason, so that no sum hides it.
with
charges as (
    select
        tenant_id,
        try_cast(amount as decimal(38, 12)) as amount,
        cast(date_trunc('month', try_cast(billing_time as timestamp)) as timestamp) as month_start,
        case when try_cast(amount as decimal(38, 12)) is null then amount end as unreadable_amount,
        case when try_cast(billing_time as timestamp) is null then billing_time end as unreadable_time
    from read_csv(:data_dir || '/billing_records.csv', header = true, all_varchar = true)
),

priced as (
    select
        *,
        case amount
            when 0.10 then 'api_call'
            when 0.50 then 'report_generation'
            when 0.05 then 'dashboard_view'
            when 1.00 then 'subscription_billed'
        end as meter_id
    from charges
)

select
    'line_' || tenant_id || '_' || strftime(month_start, '%Y-%m') || '_' || coalesce(meter_id, 'unknown_price')
        as invoice_line_id,
    'inv_' || tenant_id || '_' || strftime(month_start, '%Y-%m') as invoice_id,
    case when meter_id is null then 'other' else 'usage' end as kind,
    meter_id,
    count(*) as units,
    case when meter_id is not null then max(amount) end as unit_amount,
    coalesce(cast(sum(amount) as varchar), unreadable_amount) as amount,
    'USD' as currency,
    coalesce(cast(month_start as varchar), unreadable_time) as period_start,
    month_start + interval 1 month as period_end,
    'price_' || meter_id as price_id
from priced
group by tenant_id, month_start, meter_id, unreadable_amount, unreadable_time
