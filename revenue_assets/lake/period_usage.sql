-- The metering rung per subscription, meter and period, as it is kept and published.
select
    run.source_name,
    claims.organization_id,
    claims.account_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    claims.period_end,
    run.billing_month,
    period_rungs.events_actual,
    period_rungs.events_reported,
    period_rungs.units_actual,
    period_rungs.units_less_rejected,
    period_rungs.units_less_unreported,
    period_rungs.units_requantified,
    period_rungs.units_requantified as units_less_overwritten,
    period_rungs.units_with_reported_twice,
    period_rungs.units_reported,
    period_rungs.first_event_at,
    period_rungs.last_event_at
from period_rungs
inner join claims on period_rungs.claim_id = claims.claim_id
cross join run
order by claims.organization_id, claims.subscription_id, claims.meter_id, claims.period_start
