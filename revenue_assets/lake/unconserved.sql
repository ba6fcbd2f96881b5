-- Periods whose metering rung does not add up: a row means that the quantity or the number of reported events, reached
-- from the usage side through the findings, is not what a plain sum of the reported events gives. Tolerance: none.
-- Quantities of sets are compared by number of events only: their last set is the plain aggregate itself.
select
    claims.organization_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    period_quantities.reported,
    period_quantities.plain_units
from period_quantities
inner join claims on period_quantities.claim_id = claims.claim_id
where
    period_quantities.reported <> period_quantities.plain_units
    or period_quantities.events_explained <> period_quantities.events_reported
