-- Totals of the events that a period billed in the month of the run claims: both sides of each claim, a missing side
-- being null.
select
    routes.claim_id,
    sum(event_totals.events) filter (where event_totals.side = 'usage')::bigint as events_actual,
    sum(event_totals.events) filter (where event_totals.side = 'reported')::bigint as events_reported,
    sum(event_totals.units) filter (where event_totals.side = 'usage') as units_actual,
    sum(event_totals.units) filter (where event_totals.side = 'reported') as units_reported,
    min(event_totals.first_event_at) filter (where event_totals.side = 'usage') as first_used_at,
    max(event_totals.last_event_at) filter (where event_totals.side = 'usage') as last_used_at,
    min(event_totals.first_event_at) filter (where event_totals.side = 'reported') as first_reported_at,
    max(event_totals.last_event_at) filter (where event_totals.side = 'reported') as last_reported_at
from event_totals
inner join routes
    on
        event_totals.segment_id = routes.segment_id
        and event_totals.meter_number = routes.meter_number
where routes.outcome = 'claimed' and routes.is_billed_in_month
group by routes.claim_id
