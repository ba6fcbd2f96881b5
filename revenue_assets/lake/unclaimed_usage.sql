-- Usage that no period claims, by the UTC month in which it occurred. Units are those of the meter; of an event name
-- without a meter, those of the events.
select
    run.source_name,
    event_totals.organization_id,
    event_totals.account_id,
    event_totals.event_name,
    event_totals.meter_id,
    routes.outcome,
    run.billing_month as billing_month,
    sum(event_totals.events)::bigint as events,
    sum(event_totals.units)::decimal(38, 12) as units,
    min(event_totals.first_event_at) as first_event_at,
    max(event_totals.last_event_at) as last_event_at
from event_totals
inner join routes
    on
        event_totals.organization_id = routes.organization_id
        and event_totals.account_id = routes.account_id
        and event_totals.meter_id is not distinct from routes.meter_id
        and event_totals.segment_start is not distinct from routes.segment_start
cross join run
where
    event_totals.side = 'usage'
    and event_totals.is_in_month
    and routes.outcome in ('unmapped', 'unpriced', 'outside_subscription')
group by
    run.source_name,
    event_totals.organization_id,
    event_totals.account_id,
    event_totals.event_name,
    event_totals.meter_id,
    routes.outcome,
    run.billing_month
order by
    event_totals.organization_id,
    event_totals.account_id,
    event_totals.event_name,
    event_totals.meter_id nulls first,
    routes.outcome
