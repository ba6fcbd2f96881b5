-- The events of the wanted names on each set of the metering rung: which of them make up the quantity of a step.
-- Sets: actual; less the rejected; less the unreported; as reported (without what was reported twice or without
-- usage); with the reported twice; all reported; those of them in time for the invoice. Properties are known of usage
-- only: a report counts under that of its own usage event, and one without usage adds nothing.
with events_of_sets as (
    select
        routes.claim_id,
        located_events.side,
        located_events.organization_id,
        located_events.aggregation,
        located_events.event_id,
        located_events.occurred_at,
        located_events.units,
        located_events.counted_property
    from located_events
    semi join names_by_set
        on
            located_events.organization_id = names_by_set.organization_id
            and located_events.event_name = names_by_set.event_name
    inner join routes
        on
            located_events.segment_id = routes.segment_id
            and located_events.meter_number = routes.meter_number
    where
        routes.outcome = 'claimed'
        and routes.is_billed_in_month
),

placed as (
    select
        events_of_sets.claim_id,
        events_of_sets.organization_id,
        events_of_sets.aggregation,
        events_of_sets.event_id,
        events_of_sets.occurred_at,
        events_of_sets.units,
        events_of_sets.counted_property,
        case
            when events_of_sets.side = 'usage' and findings.code = 'U3' then ['actual']
            when events_of_sets.side = 'usage' and findings.code = 'U1' then ['actual', 'less_rejected']
            when
                events_of_sets.side = 'usage'
                and (events_of_sets.aggregation = 'unique_count' or findings.outcome = 'delivered')
                then [
                        'actual',
                        'less_rejected',
                        'less_unreported',
                        'requantified',
                        'with_reported_twice',
                        'reported'
                    ]
            when events_of_sets.side = 'usage' then ['actual', 'less_rejected', 'less_unreported']
            when findings.outcome = 'pending' then []
            when findings.code = 'U9' then ['reported']
            when findings.code = 'U8' then ['with_reported_twice', 'reported']
            else ['requantified', 'with_reported_twice', 'reported']
        end as event_sets
    from events_of_sets
    left join findings
        on
            events_of_sets.organization_id = findings.organization_id
            and events_of_sets.event_id = findings.event_id
            and events_of_sets.side = if(
                findings.outcome in ('rejected', 'unreported', 'delivered', 'quantity_differs'), 'usage', 'reported'
            )
)

select
    placed.claim_id,
    placed.organization_id,
    placed.aggregation,
    placed.event_id,
    placed.occurred_at,
    placed.units,
    placed.counted_property,
    unnest(
        if(
            late_reports.event_id is null and list_contains(placed.event_sets, 'reported'),
            list_append(placed.event_sets, 'in_time'),
            placed.event_sets
        )
    ) as event_set
from placed
left join late_reports
    on
        placed.organization_id = late_reports.organization_id
        and placed.event_id = late_reports.event_id
