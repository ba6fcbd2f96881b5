-- Events per account, meter and UTC day of the month, whatever becomes of them later; event names without a meter are
-- left out. Quantities are by billing period: `period_usage_daily`.
with days as (
    select
        placed_days.account_number,
        placed_days.meter_number,
        placed_days.day_number,
        sum(placed_days.events)::bigint as events
    from placed_days
    where placed_days.is_in_month
    group by all
)

select
    run.source_name,
    numbered_accounts.organization_id,
    numbered_accounts.account_id,
    numbered_meters.meter_id,
    make_date(days.day_number::integer) as usage_date,
    run.billing_month,
    days.events
from days
cross join run
inner join numbered_accounts on days.account_number = numbered_accounts.account_number
inner join numbered_meters on days.meter_number = numbered_meters.meter_number
order by days.account_number, days.meter_number, days.day_number
