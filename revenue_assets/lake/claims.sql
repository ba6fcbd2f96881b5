-- The periods and meters that claim events and are billed in the month of the run.
with claimed as (
    select distinct
        routes.claim_id,
        routes.period_id,
        routes.meter_number
    from routes
    where routes.outcome = 'claimed' and routes.is_billed_in_month
),

meters_by_number as (
    select distinct
        mappings_in_force.meter_number,
        mappings_in_force.meter_id,
        mappings_in_force.aggregation
    from mappings_in_force
)

select
    claimed.claim_id,
    calendar.organization_id,
    calendar.account_id,
    calendar.subscription_id,
    meters_by_number.meter_id,
    meters_by_number.aggregation,
    calendar.period_start,
    calendar.period_end
from claimed
inner join calendar on claimed.period_id = calendar.period_id
inner join meters_by_number on claimed.meter_number = meters_by_number.meter_number
