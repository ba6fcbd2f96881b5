-- Stands in for account_segments where it does not matter who claims an event.
select
    null::integer as segment_id,
    null::varchar as organization_id,
    null::varchar as account_id,
    null::timestamptz as segment_start,
    null::timestamptz as segment_end,
    null::boolean as is_in_month,
    null::boolean as is_billed_in_month,
    null::boolean as is_billed_elsewhere
where false
