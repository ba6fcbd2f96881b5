{{ config(materialized="table") }}

{#- How many customers were at risk of ending at each age at which something happened. -#}
with
lifetimes as (
    select * from {{ ref('int_lifetimes') }}
    where is_at_risk
),

moves as (
    select
        organization_id, plan_id, entry_days as age_days,
        1 as entered, 0 as ended, 0 as censored
    from lifetimes
    union all
    select
        organization_id, plan_id, exit_days as age_days,
        0 as entered, is_ended::integer as ended, (not is_ended)::integer as censored
    from lifetimes
),

ages as (
    select
        organization_id,
        plan_id,
        age_days,
        sum(entered) as entered,
        sum(ended) as ended,
        sum(censored) as censored
    from moves
    group by
        organization_id, plan_id, age_days
),

final as (
    select
        organization_id,
        plan_id,
        age_days,
        -- Who enters at an age is at risk after it; who is seen from the first day on, on that day too.
        (
            coalesce(sum(entered - ended - censored) over younger, 0) + case when age_days = 0 then entered else 0 end
        )::bigint as at_risk,
        entered,
        ended,
        censored,
        coalesce(sum(ended + censored) over older, 0)::bigint as seen_later
    from ages
    window
        younger as (
            partition by organization_id, plan_id order by age_days
            rows between unbounded preceding and 1 preceding
        ),
        older as (
            partition by organization_id, plan_id order by age_days
            rows between 1 following and unbounded following
        )
)

select * from final
