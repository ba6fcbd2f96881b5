-- The findings of a period by code: how many events, and by how much they changed the quantity. The change is read
-- from the rungs, step by step, because for a maximum or a unique count it is not the sum of the events' units.
-- Tolerance: none. A code with events and no change of quantity is a row with zero units.
select
    run.source_name,
    claims.organization_id,
    claims.account_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    claims.period_end,
    run.billing_month,
    finding_totals.code,
    finding_totals.events,
    case finding_totals.code
        when 'U3' then period_rungs.units_actual - period_rungs.units_less_rejected
        when 'U1' then period_rungs.units_less_rejected - period_rungs.units_less_unreported
        when 'U2' then period_rungs.units_less_unreported - period_rungs.units_requantified
        when 'U8' then period_rungs.units_requantified - period_rungs.units_with_reported_twice
        when 'U9' then period_rungs.units_with_reported_twice - period_rungs.units_reported
    end as units,
    finding_totals.first_event_at,
    finding_totals.last_event_at
from finding_totals
inner join period_rungs on finding_totals.claim_id = period_rungs.claim_id
inner join claims on finding_totals.claim_id = claims.claim_id
cross join run
where finding_totals.code is not null
order by
    claims.organization_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    finding_totals.code
