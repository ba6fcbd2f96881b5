-- The same rows as `period_rungs` for a source that delivers one side only: the metering rung is skipped, and every
-- quantity is that of the side there is.
with side_quantities as (
    select
        set_quantities.claim_id,
        max(set_quantities.units) as units
    from set_quantities
    where set_quantities.event_set <> 'in_time'
    group by set_quantities.claim_id
),

quantities as (
    select
        claimed_totals.claim_id,
        coalesce(claimed_totals.events_actual, claimed_totals.events_reported) as events_actual,
        claimed_totals.events_reported,
        coalesce(claimed_totals.first_used_at, claimed_totals.first_reported_at) as first_event_at,
        coalesce(claimed_totals.last_used_at, claimed_totals.last_reported_at) as last_event_at,
        coalesce(side_quantities.units, claimed_totals.units_actual, claimed_totals.units_reported)::decimal(38, 12)
            as units
    from claimed_totals
    left join side_quantities on claimed_totals.claim_id = side_quantities.claim_id
)

select
    quantities.claim_id,
    quantities.events_actual,
    quantities.events_reported,
    quantities.first_event_at,
    quantities.last_event_at,
    quantities.units as units_actual,
    quantities.units as units_less_rejected,
    quantities.units as units_less_unreported,
    quantities.units as units_requantified,
    quantities.units as units_with_reported_twice,
    quantities.units as units_reported
from quantities
