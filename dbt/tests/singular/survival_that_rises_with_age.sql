-- A row is an age at which a larger share of customers is said to be there than at a lower age.
with
survival as (
    select * from {{ ref('mart_survival') }}
),

compared as (
    select
        organization_id,
        plan_id,
        age_days,
        survival_rate,
        min(survival_rate) over (
            partition by organization_id, plan_id order by age_days
            rows between unbounded preceding and 1 preceding
        ) as survival_rate_before
    from survival
)

select
    organization_id,
    plan_id,
    age_days,
    survival_rate,
    survival_rate_before
from compared
where survival_rate > survival_rate_before
