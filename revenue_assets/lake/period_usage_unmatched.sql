-- The same rows as `period_usage` for a source that delivers one side only: the metering rung is skipped, and every
-- quantity is that of the side there is.
with side_quantities as (
    select
        set_quantities.organization_id,
        set_quantities.subscription_id,
        set_quantities.meter_id,
        set_quantities.period_start,
        max(set_quantities.units) as units
    from set_quantities
    group by
        set_quantities.organization_id,
        set_quantities.subscription_id,
        set_quantities.meter_id,
        set_quantities.period_start
),

final as (
    select
        claimed_totals.side,
        claimed_totals.organization_id,
        claimed_totals.account_id,
        claimed_totals.subscription_id,
        claimed_totals.meter_id,
        claimed_totals.period_start,
        claimed_totals.period_end,
        claimed_totals.events,
        coalesce(side_quantities.units, claimed_totals.units)::decimal(38, 12) as units,
        claimed_totals.first_event_at,
        claimed_totals.last_event_at
    from claimed_totals
    left join side_quantities
        on
            claimed_totals.organization_id = side_quantities.organization_id
            and claimed_totals.subscription_id = side_quantities.subscription_id
            and claimed_totals.meter_id = side_quantities.meter_id
            and claimed_totals.period_start = side_quantities.period_start
)

select
    run.source_name,
    final.organization_id,
    final.account_id,
    final.subscription_id,
    final.meter_id,
    final.period_start,
    final.period_end,
    run.billing_month as billing_month,
    final.events as events_actual,
    if(final.side = 'reported', final.events, null) as events_reported,
    final.units as units_actual,
    final.units as units_less_rejected,
    final.units as units_less_unreported,
    final.units as units_requantified,
    final.units as units_less_overwritten,
    final.units as units_with_reported_twice,
    final.units as units_reported,
    final.first_event_at,
    final.last_event_at
from final
cross join run
order by final.organization_id, final.subscription_id, final.meter_id, final.period_start
