-- Usage of one month in the order of time: ids are UUIDs as text, accounts unevenly busy, one event in 5000 delivered
-- twice. Everything is drawn from hashes of the event's number: the same number of events gives the same file.
with numbers as (
    select
        range as number,
        hash(range, 'account') % 1000000 / 1000000.0 as place,
        hash(range, 'name') % 5 as name,
        hash(range, 'units') % 1000 + 1 as units
    from range(getvariable('events'))
),

events as (
    select
        'org_bench' as organization_id,
        md5('event ' || numbers.number)::uuid::varchar as event_id,
        'acct_' || lpad(floor(numbers.place * numbers.place * getvariable('accounts'))::integer::varchar, 6, '0')
            as account_id,
        ['api_call', 'input_tokens', 'output_tokens', 'storage_gb', 'job'][1 + numbers.name::integer] as event_name,
        make_timestamptz(
            epoch_us(getvariable('month_start'))
            + (numbers.number * (31 * 86400000000.0 / getvariable('events')))::bigint
        ) as occurred_at,
        numbers.units::decimal(38, 12) as units,
        numbers.number % 5000 = 0 as is_delivered_twice
    from numbers
)

select
    'bench' as source_name,
    events.organization_id,
    events.event_id,
    events.account_id,
    events.event_name,
    events.occurred_at,
    events.units,
    events.occurred_at + to_seconds(delivery.delay) as received_at,
    null::varchar as properties
from events
inner join (values (5), (65)) as delivery (delay)
    on delivery.delay = 5 or events.is_delivered_twice
