-- The outcome of every event that is not simply matched, sorted by account.
create unlogged table bench.exceptions as
select
    usage_events.event_id as usage_id,
    reported_events.event_id as reported_id,
    coalesce(usage_events.organization_id, reported_events.organization_id) as organization_id,
    coalesce(usage_events.account_id, reported_events.account_id) as account_id,
    coalesce(usage_events.event_name, reported_events.event_name) as event_name,
    coalesce(usage_events.occurred_at, reported_events.occurred_at) as occurred_at,
    usage_events.units as units_actual,
    reported_events.units as units_reported
from bench.usage_events
full join bench.reported_events
    on
        usage_events.organization_id = reported_events.organization_id
        and usage_events.event_id = reported_events.event_id
where
    usage_events.event_id is null
    or reported_events.event_id is null
    or usage_events.units <> reported_events.units
    or usage_events.account_id <> reported_events.account_id
    or usage_events.event_name <> reported_events.event_name
    or date_trunc('second', usage_events.occurred_at) <> date_trunc('second', reported_events.occurred_at);
analyze bench.exceptions;
create unlogged table bench.event_findings as
with waiting as (
    select
        *,
        row_number() over (
            partition by account_id, event_name, units_actual, date_trunc('milliseconds', occurred_at) order by usage_id
        ) as nth
    from bench.exceptions
    where reported_id is null
),

unknown as (
    select
        *,
        row_number() over (
            partition by account_id, event_name, units_reported, occurred_at order by reported_id
        ) as nth
    from bench.exceptions
    where usage_id is null
),

late_pairs as (
    select waiting.usage_id, unknown.reported_id
    from waiting
    inner join unknown
        on
            waiting.account_id = unknown.account_id
            and waiting.event_name = unknown.event_name
            and waiting.units_actual = unknown.units_reported
            and date_trunc('milliseconds', waiting.occurred_at) = unknown.occurred_at
            and waiting.nth = unknown.nth
),

surplus as (
    select unknown.*
    from unknown
    where not exists (select 1 from late_pairs where late_pairs.reported_id = unknown.reported_id)
),

repeated as (
    select distinct surplus.reported_id
    from surplus
    inner join bench.usage_events
        on
            surplus.account_id = usage_events.account_id
            and surplus.event_name = usage_events.event_name
            and surplus.units_reported = usage_events.units
            and surplus.occurred_at = date_trunc('milliseconds', usage_events.occurred_at)
),

coded as (
    select 'U1' as code, waiting.account_id, usage_id as event_id, event_name, occurred_at, units_actual as units
    from waiting
    where not exists (select 1 from late_pairs where late_pairs.usage_id = waiting.usage_id)
    union all
    select 'U2', account_id, usage_id, event_name, occurred_at, units_actual - units_reported
    from bench.exceptions
    where usage_id is not null and reported_id is not null and units_actual <> units_reported
    union all
    select
        case when repeated.reported_id is null then 'U9' else 'U8' end,
        surplus.account_id, surplus.reported_id, surplus.event_name, surplus.occurred_at, -surplus.units_reported
    from surplus
    left join repeated on surplus.reported_id = repeated.reported_id
)

select
    periods.subscription_id,
    periods.period_start,
    coded.*,
    mappings.meter_id,
    round(coded.units * mappings.multiplier, 12) as meter_units
from coded
inner join bench.mappings on coded.event_name = mappings.event_name
inner join bench.periods
    on
        coded.account_id = periods.account_id
        and coded.occurred_at >= periods.period_start
        and coded.occurred_at < periods.period_end
order by coded.account_id, coded.occurred_at;
