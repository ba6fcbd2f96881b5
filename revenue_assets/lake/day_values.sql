-- Meters that do not add up: the quantity of each day by itself, by the meter's aggregation, from the events.
with placed as (
    select
        routes.claim_id,
        coalesce(routes.outcome, 'unplaced') as outcome,
        numbered_accounts.account_number,
        located_events.meter_number,
        epoch_us(located_events.occurred_at) // 86400000000 as day_number,
        located_events.aggregation,
        located_events.event_id,
        located_events.occurred_at,
        located_events.units,
        located_events.counted_property
    from located_events
    cross join run
    inner join numbered_accounts
        on
            located_events.organization_id = numbered_accounts.organization_id
            and located_events.account_id = numbered_accounts.account_id
    left join routes
        on
            located_events.segment_id = routes.segment_id
            and located_events.meter_number = routes.meter_number
    where
        located_events.aggregation in ('max', 'last', 'unique_count')
        and if(routes.outcome = 'claimed', routes.is_billed_in_month, located_events.month = run.month)
)

select
    placed.claim_id,
    placed.outcome,
    placed.account_number,
    placed.meter_number,
    placed.day_number,
    count(*) as events,
    case any_value(placed.aggregation)
        when 'max' then max(placed.units)
        when 'last' then arg_max(placed.units, (placed.occurred_at, placed.event_id))
        else count(distinct placed.counted_property)
    end::decimal(38, 12) as units
from placed
group by
    placed.claim_id,
    placed.outcome,
    placed.account_number,
    placed.meter_number,
    placed.day_number
