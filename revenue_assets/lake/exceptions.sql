-- The exceptional events of both sides that a period billed in the month of the run claims, with that period.
-- `is_exceptional` is false for usage that is here only because an exceptional report may repeat it: it is matched.
select
    located_exceptions.side,
    located_exceptions.organization_id,
    located_exceptions.account_id,
    routes.subscription_id,
    routes.meter_id,
    routes.period_start,
    routes.period_end,
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
        located_exceptions.organization_id = routes.organization_id
        and located_exceptions.account_id = routes.account_id
        and located_exceptions.meter_id = routes.meter_id
        and located_exceptions.segment_start = routes.segment_start
cross join run
where
    routes.outcome = 'claimed'
    and routes.billing_month = run.billing_month
