{{ config(materialized="table") }}

{#- Kaplan-Meier's estimate with late entry: docs/definitions.md#survival. -#}
with
risk_sets as (
    select * from {{ ref('int_risk_sets') }}
),

summed as (
    select
        risk_sets.*,
        sum(case when at_risk > ended then ln((at_risk - ended)::float8 / at_risk) else 0 end) over until_now
            as log_survival,
        sum(case when at_risk > ended then ended::float8 / at_risk / (at_risk - ended) else 0 end) over until_now
            as greenwood_sum,
        bool_or(at_risk = ended and ended > 0) over until_now as is_used_up,
        -- The few that were seen this young all ended, while others, seen only when older, are known to have lived on.
        bool_or(at_risk = ended and ended > 0 and seen_later > 0) over until_now as is_contradicted
    from risk_sets
    window until_now as (partition by organization_id, plan_id order by age_days)
),

estimated as (
    select
        summed.*,
        {{ survival('log_survival', 'is_used_up') }} as survival_rate,
        {{ survival_bound('log_survival', 'greenwood_sum', 'is_used_up', '-') }} as survival_low_rate,
        {{ survival_bound('log_survival', 'greenwood_sum', 'is_used_up', '+') }} as survival_high_rate
    from summed
),

final as (
    select
        organization_id,
        plan_id,
        age_days,
        at_risk,
        entered,
        ended,
        censored,
        case when not is_contradicted then survival_rate end as survival_rate,
        case when not is_contradicted then survival_low_rate end as survival_low_rate,
        case when not is_contradicted then survival_high_rate end as survival_high_rate
    from estimated
)

select * from final
