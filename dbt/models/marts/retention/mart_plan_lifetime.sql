{{ config(materialized="table") }}

{#- What a survival curve says in one row: docs/definitions.md#survival. -#}
with
survival as (
    select * from {{ ref('mart_survival') }}
),

final as (
    select
        organization_id,
        plan_id,
        sum(entered)::bigint as lifetimes,
        sum(ended)::bigint as ended,
        sum(censored)::bigint as censored,
        max(age_days) as oldest_days,
        -- Null where the curve never falls to one half: more than half are known to stay for longer than was seen.
        min(age_days) filter (where survival_rate <= 0.5) as median_days,
        min(age_days) filter (where survival_low_rate <= 0.5) as median_low_days,
        min(age_days) filter (where survival_high_rate <= 0.5) as median_high_days,
        bool_or(survival_rate is null) as is_broken_off
    from survival
    group by
        organization_id, plan_id
)

select * from final
