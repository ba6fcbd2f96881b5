-- Stands in for placed_totals where all events are added up by name.
select
    null::varchar as side,
    null::integer as segment_id,
    null::integer as mapping_id,
    null::bigint as events,
    null::decimal(38, 12) as event_units,
    null::timestamptz as first_event_at,
    null::timestamptz as last_event_at
where false
