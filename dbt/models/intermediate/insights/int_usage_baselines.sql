{{ config(materialized="table") }}
{#-
  A week is judged against the eight before it. Fewer than ten events are too few to tell anything of; a median of eight
  is by itself so uncertain that counts cannot be known to be less dispersed than this.
-#}
{%- set weeks = 8 -%}
{%- set least_events = 10 -%}
{%- set least_dispersion = 1.2 -%}
{%- set median_of_square = 0.4549 -%}

with
weeks as (
    select * from {{ ref('int_usage_weeks') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

with_history as (
    select
        *,
        array_agg(events) over before as events_before,
        count(*) filter (where events >= {{ least_events }}) over before as busy_weeks,
        min(week) over before as baseline_week
    from weeks
    window
        before as (
            partition by organization_id, account_id, meter_id
            order by week::timestamp
            range between interval '{{ 7 * weeks }} days' preceding and interval '7 days' preceding
        )
),

-- One subscription serves the account all the time: a start, a pause or a change of plan is no anomaly. A median is not
-- worked out where fewer than half of the weeks have what it has to have at least.
served as materialized (
    select with_history.*
    from with_history
    where
        cardinality(events_before) = {{ weeks }}
        and busy_weeks >= {{ weeks }} / 2
        and exists (
            select 1
            from subscriptions
            where
                subscriptions.organization_id = with_history.organization_id
                and subscriptions.account_id = with_history.account_id
                and {{ is_served('subscriptions', "with_history.baseline_week::timestamp at time zone 'UTC'") }}
                and {{ is_served('subscriptions', "(with_history.week + 7)::timestamp at time zone 'UTC'") }}
        )
),

-- Kept, here and below: PostgreSQL would work a median out again wherever it is used.
levels as materialized (
    select
        served.*,
        (select percentile_cont(0.5) within group (order by one) from unnest(served.events_before) as one)::numeric
            as expected_events
    from served
),

residuals as materialized (
    select
        *,
        power(events - expected_events, 2) / expected_events as own_square,
        (
            select percentile_cont(0.5) within group (order by power(one - levels.expected_events, 2))
            from unnest(levels.events_before) as one
        )::numeric / (expected_events * {{ median_of_square }}) as own_dispersion
    from levels
    where expected_events >= {{ least_events }}
),

-- How dispersed the counts of all accounts were, because eight weeks of one tell little.
of_weeks as (
    select
        organization_id,
        meter_id,
        week,
        percentile_cont(0.5) within group (order by own_square)::numeric / {{ median_of_square }} as dispersion
    from residuals
    group by
        organization_id,
        meter_id,
        week
),

of_meters as (
    select
        organization_id,
        meter_id,
        week,
        avg(dispersion) over (
            partition by organization_id, meter_id order by week rows between {{ weeks }} preceding and 1 preceding
        ) as dispersion
    from of_weeks
),

final as (
    select
        residuals.organization_id,
        residuals.account_id,
        residuals.meter_id,
        residuals.week,
        residuals.events,
        round(residuals.expected_events, 12) as expected_events,
        round(greatest(residuals.own_dispersion, of_meters.dispersion, {{ least_dispersion }}), 12) as dispersion
    from residuals
    inner join of_meters
        on
            of_meters.organization_id = residuals.organization_id
            and of_meters.meter_id = residuals.meter_id
            and of_meters.week = residuals.week
)

select * from final
