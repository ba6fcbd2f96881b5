-- The exceptional events of both sides that a period billed in the month of the run claims, with that claim.
-- `is_exceptional` is false for usage that is here only because an exceptional report may repeat it: it is matched.
select
    routes.claim_id,
    located_exceptions.side,
    located_exceptions.organization_id,
    located_exceptions.event_id,
    located_exceptions.event_name,
    located_exceptions.occurred_at,
    located_exceptions.event_units,
    located_exceptions.units,
    hash(located_exceptions.organization_id, located_exceptions.event_id) in (
        select exceptional_ids.id_hash from exceptional_ids
    ) as is_exceptional
from located_exceptions
inner join routes
    on
        located_exceptions.segment_id = routes.segment_id
        and located_exceptions.meter_number = routes.meter_number
where routes.outcome = 'claimed' and routes.is_billed_in_month
