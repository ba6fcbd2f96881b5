-- Meters that add up: who claims the units of each day, or why nobody does.
select
    routes.claim_id,
    coalesce(routes.outcome, 'unplaced') as outcome,
    placed_days.account_number,
    placed_days.meter_number,
    placed_days.day_number,
    sum(placed_days.events)::bigint as events,
    sum(placed_days.plain_units) as plain_units,
    sum(placed_days.scaled_units) as scaled_units
from placed_days
inner join numbered_meters on placed_days.meter_number = numbered_meters.meter_number
left join routes
    on
        placed_days.segment_id = routes.segment_id
        and placed_days.meter_number = routes.meter_number
where
    numbered_meters.aggregation in ('sum', 'count')
    and if(routes.outcome = 'claimed', routes.is_billed_in_month, placed_days.is_in_month)
group by all
