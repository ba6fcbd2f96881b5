-- Stands in for percentage_amounts where no price is a percentage, which saves a pass over all events.
select
    {
        'charge_number': null::integer,
        'event_set': null::varchar
    } as charge_id,
    null::bigint as events,
    null::decimal(38, 26) as amount
where false
