-- Stands in for late_reports where no report can be told to be late.
select
    null::bigint as claim_id,
    null::timestamptz as cutoff_at,
    null::varchar as organization_id,
    null::varchar as event_id,
    null::varchar as event_name,
    null::timestamptz as occurred_at,
    null::timestamptz as received_at,
    null::decimal(38, 12) as units
where false
