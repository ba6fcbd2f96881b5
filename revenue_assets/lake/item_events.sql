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
        located_events.segment_id = routes.segment_id
        and located_events.meter_number = routes.meter_number
inner join claims on routes.claim_id = claims.claim_id
where
    claims.subscription_id = getvariable('subscription_id')
    and claims.meter_id = getvariable('item')
    and claims.period_start = getvariable('period_start')
order by located_events.occurred_at, located_events.event_id
limit getvariable('most')
