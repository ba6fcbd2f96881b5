-- Stands in for day_values where every meter adds up.
select
    null::bigint as claim_id,
    null::varchar as outcome,
    null::integer as account_number,
    null::integer as meter_number,
    null::bigint as day_number,
    null::bigint as events,
    null::decimal(38, 12) as units
where false
