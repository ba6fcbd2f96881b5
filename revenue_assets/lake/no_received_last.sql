-- Stands in for received_last where no meter keeps the last value.
select
    null::bigint as claim_id,
    null::decimal(38, 12) as units
where false
