-- Stands in for totals by name of which there are none, which saves a pass over all events.
select
    null::varchar as side,
    null::varchar as organization_id,
    null::varchar as account_id,
    null::varchar as event_name,
    null::varchar as meter_id,
    null::integer as segment_id,
    null::integer as mapping_id,
    null::bigint as events,
    null::decimal(38, 12) as event_units,
    null::timestamptz as first_event_at,
    null::timestamptz as last_event_at
where false
