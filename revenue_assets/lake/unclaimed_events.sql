-- The events behind usage that no item claims: of an account without any period near, or routed to no period for the
-- reason that the finding names. Whether billing knows the account was decided where the finding was made.
select
    located_events.event_id,
    located_events.event_name,
    located_events.occurred_at,
    located_events.units::decimal(38, 12) as units,
    getvariable('outcome') as outcome
from located_events
left join routes
    on
        located_events.segment_id = routes.segment_id
        and located_events.meter_number = routes.meter_number
where
    located_events.meter_id = getvariable('item')
    and (
        routes.outcome = getvariable('outcome')
        or (located_events.segment_id is null and getvariable('outcome') <> 'unpriced')
    )
order by located_events.occurred_at, located_events.event_id
limit getvariable('most')
