-- The usage behind a finding that is about a whole meter and period: the events that the subscription claims.
select
    located_events.event_id,
    located_events.event_name,
    located_events.occurred_at,
    located_events.units::decimal(38, 12) as units,
    'used' as outcome
from located_events
inner join routes
    on
        located_events.organization_id = routes.organization_id
        and located_events.account_id = routes.account_id
        and located_events.meter_id = routes.meter_id
        and located_events.segment_start = routes.segment_start
where
    routes.outcome = 'claimed'
    and routes.subscription_id = getvariable('subscription_id')
    and routes.meter_id = getvariable('item')
    and routes.period_start = getvariable('period_start')
order by located_events.occurred_at, located_events.event_id
limit getvariable('most')
