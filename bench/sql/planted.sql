-- What the data were given, counted from the generator's own draws: events and units per code.
with usage as (
    select
        usage_events.units,
        hash(usage_events.event_id, 'report') % 100 < 3 as is_lost,
        hash(usage_events.event_id, 'trouble') % 20000 as trouble
    from usage_events
    where usage_events.received_at < usage_events.occurred_at + interval 30 second
),

coded as (
    select
        usage.units,
        case
            when usage.is_lost and usage.trouble <> 1 then 'U1'
            when usage.is_lost then null
            when usage.trouble = 3 then 'U8'
            when usage.trouble = 4 then 'U9'
            when usage.trouble between 5 and 14 then 'U2'
        end as code
    from usage
)

select
    coded.code,
    count(*) as events
from coded
where coded.code is not null
group by coded.code
order by coded.code
