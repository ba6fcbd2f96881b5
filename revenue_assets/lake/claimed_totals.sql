-- Totals of the events that a period billed in the month of the run claims, by side, subscription, meter and period.
select
    event_totals.side,
    event_totals.organization_id,
    event_totals.account_id,
    routes.subscription_id,
    routes.meter_id,
    routes.period_start,
    routes.period_end,
    sum(event_totals.events)::bigint as events,
    sum(event_totals.units) as units,
    min(event_totals.first_event_at) as first_event_at,
    max(event_totals.last_event_at) as last_event_at
from event_totals
inner join routes
    on
        event_totals.organization_id = routes.organization_id
        and event_totals.account_id = routes.account_id
        and event_totals.meter_id = routes.meter_id
        and event_totals.segment_start = routes.segment_start
cross join run
where
    routes.outcome = 'claimed'
    and routes.billing_month = run.billing_month
group by
    event_totals.side,
    event_totals.organization_id,
    event_totals.account_id,
    routes.subscription_id,
    routes.meter_id,
    routes.period_start,
    routes.period_end
