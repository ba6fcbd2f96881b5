-- Which rows are extra copies of an id, on both sides.
create unlogged table bench.extra_copies as
with usage_ids as (
    select organization_id, event_id from bench.usage_events group by organization_id, event_id having count(*) > 1
),

reported_ids as (
    select organization_id, event_id from bench.reported_events group by organization_id, event_id having count(*) > 1
),

numbered as (
    select
        'usage' as side,
        usage_events.ctid as place,
        row_number() over (
            partition by usage_events.organization_id, usage_events.event_id order by usage_events.received_at
        ) as copy
    from bench.usage_events
    inner join usage_ids using (organization_id, event_id)
    union all
    select
        'reported' as side,
        reported_events.ctid as place,
        row_number() over (
            partition by reported_events.organization_id, reported_events.event_id order by reported_events.received_at
        ) as copy
    from bench.reported_events
    inner join reported_ids using (organization_id, event_id)
)

select side, place from numbered where copy > 1;
delete from bench.usage_events
where ctid = any(array(select place from bench.extra_copies where side = 'usage'));
delete from bench.reported_events
where ctid = any(array(select place from bench.extra_copies where side = 'reported'));
analyze bench.usage_events, bench.reported_events;
