-- Where the seconds of the latest run went. Steps follow each other; what lies between them is Dagster's. The step of dbt
-- ends its building with the first thing it hands to Dagster, which then stores all the rest.
with latest as (
    select run_id from dagster.runs order by id desc limit 1
),

events as (
    select
        event_logs.dagster_event_type as kind,
        event_logs.step_key,
        event_logs."timestamp" as told_at
    from dagster.event_logs
    inner join latest on event_logs.run_id = latest.run_id
),

steps as (
    select
        step_key,
        min(told_at) filter (where kind = 'STEP_START') as begun_at,
        min(told_at) filter (where kind in ('STEP_OUTPUT', 'ASSET_MATERIALIZATION')) as handed_at,
        max(told_at) filter (where kind in ('STEP_SUCCESS', 'STEP_FAILURE')) as ended_at
    from events
    where step_key is not null
    group by step_key
),

parts as (
    select
        case
            when step_key = 'dbt_models' then 'dbt and its SQL'
            when step_key ~ '^(raw|lake)_[a-z]' then 'loading and the lake'
            else 'checks beside dbt'
        end as part,
        extract(epoch from case when step_key = 'dbt_models' then handed_at else ended_at end - begun_at) as seconds
    from steps
),

run as (
    select
        extract(epoch from max(told_at) - min(told_at) filter (where kind = 'PIPELINE_START')) as seconds,
        extract(epoch from min(told_at) filter (where kind = 'PIPELINE_START') - min(told_at)) as waiting
    from events
)

select part, sum(seconds) as seconds from parts group by part
union all
select 'Dagster: start of the run', waiting from run
union all
select 'Dagster: events', run.seconds - (select sum(parts.seconds) from parts) from run
