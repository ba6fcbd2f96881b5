-- Usage per account, meter and UTC day, whatever becomes of it later; event names without a meter are left out.
-- The day is cut from the microseconds, because casting a time with zone to a date costs as much as all the rest.
with mapped as (
    select
        located_events.organization_id,
        located_events.account_id,
        located_events.meter_id,
        make_timestamp(epoch_us(located_events.occurred_at))::date as usage_date,
        located_events.units
    from located_events
    cross join run
    where
        located_events.side = 'usage'
        and located_events.month = run.month
        and located_events.meter_id is not null
)

select
    run.source_name,
    mapped.organization_id,
    mapped.account_id,
    mapped.meter_id,
    mapped.usage_date,
    run.billing_month as billing_month,
    count(*) as events,
    sum(mapped.units) as units
from mapped
cross join run
group by
    run.source_name,
    mapped.organization_id,
    mapped.account_id,
    mapped.meter_id,
    mapped.usage_date,
    run.billing_month
order by mapped.organization_id, mapped.account_id, mapped.meter_id, mapped.usage_date
