-- Usage that no period claims, by the UTC month in which it occurred. Units are those of the meter; of an event name
-- without a meter, those of the events. An account is known if billing has it, or a subscription of it. The usage of a
-- trial is here so that all usage is accounted for; it is no leak.
with unrouted as (
    select
        account_segments.organization_id,
        account_segments.account_id,
        mappings_in_force.event_name,
        mappings_in_force.meter_id,
        routes.outcome,
        event_totals.events,
        event_totals.units,
        event_totals.first_event_at,
        event_totals.last_event_at
    from event_totals
    inner join routes
        on
            event_totals.segment_id = routes.segment_id
            and event_totals.meter_number = routes.meter_number
    inner join account_segments on event_totals.segment_id = account_segments.segment_id
    inner join mappings_in_force on event_totals.mapping_id = mappings_in_force.mapping_id
    where
        event_totals.side = 'usage'
        and account_segments.is_in_month
        and routes.outcome in ('trial', 'unpriced', 'outside_subscription')
),

without_place as (
    select
        unplaced_totals.side,
        unplaced_totals.organization_id,
        unplaced_totals.account_id,
        unplaced_totals.event_name,
        unplaced_totals.mapping_id,
        unplaced_totals.events,
        unplaced_totals.event_units,
        unplaced_totals.first_event_at,
        unplaced_totals.last_event_at
    from unplaced_totals
    union all
    select
        named_totals.side,
        named_totals.organization_id,
        named_totals.account_id,
        named_totals.event_name,
        named_totals.mapping_id,
        named_totals.events,
        named_totals.event_units,
        named_totals.first_event_at,
        named_totals.last_event_at
    from named_totals
    where named_totals.segment_id is null or named_totals.mapping_id is null
),

unplaced as (
    select
        without_place.organization_id,
        without_place.account_id,
        without_place.event_name,
        mappings_in_force.meter_id,
        if(
            mappings_in_force.mapping_id is null or known_accounts.account_id is null,
            'unmapped',
            'outside_subscription'
        ) as outcome,
        without_place.events,
        if(mappings_in_force.is_counted, without_place.events, without_place.event_units)
        * coalesce(mappings_in_force.multiplier, 1) as units,
        without_place.first_event_at,
        without_place.last_event_at
    from without_place
    left join mappings_in_force on without_place.mapping_id = mappings_in_force.mapping_id
    left join known_accounts
        on
            without_place.organization_id = known_accounts.organization_id
            and without_place.account_id = known_accounts.account_id
    where without_place.side = 'usage'
),

unclaimed as (
    select unrouted.*
    from unrouted
    union all
    select unplaced.*
    from unplaced
)

select
    run.source_name,
    unclaimed.organization_id,
    unclaimed.account_id,
    unclaimed.event_name,
    unclaimed.meter_id,
    unclaimed.outcome,
    run.billing_month,
    sum(unclaimed.events)::bigint as events,
    sum(unclaimed.units)::decimal(38, 12) as units,
    min(unclaimed.first_event_at) as first_event_at,
    max(unclaimed.last_event_at) as last_event_at
from unclaimed
cross join run
group by
    run.source_name,
    unclaimed.organization_id,
    unclaimed.account_id,
    unclaimed.event_name,
    unclaimed.meter_id,
    unclaimed.outcome,
    run.billing_month
order by
    unclaimed.organization_id,
    unclaimed.account_id,
    unclaimed.event_name,
    unclaimed.meter_id nulls first,
    unclaimed.outcome
