{{ config(materialized="table") }}

{#- Every index failure with what came after it and after its controls, by outcome and window. Only controls to which
    the outcome could come count; without any, the failure is compared with nothing. -#}
with
outcomes as (
    select * from {{ ref('int_churn_outcomes') }}
),

pairs as (
    select * from {{ ref('int_matched_controls') }}
),

failures as (
    select * from {{ ref('int_index_failures') }}
),

final as (
    select
        failures.organization_id,
        failures.account_id,
        failures.failed_at,
        exposed.outcome,
        exposed.starts_after,
        exposed.ends_after,
        exposed.has_come,
        count(controls.has_come) as controls,
        count(*) filter (where controls.has_come) as control_events
    from failures
    inner join outcomes as exposed
        on
            exposed.organization_id = failures.organization_id
            and exposed.account_id = failures.account_id
            and exposed.asked_at = failures.failed_at
    left join pairs
        on
            pairs.organization_id = failures.organization_id
            and pairs.account_id = failures.account_id
            and pairs.failed_at = failures.failed_at
    left join outcomes as controls
        on
            controls.organization_id = pairs.organization_id
            and controls.account_id = pairs.control_account_id
            and controls.asked_at = pairs.control_asked_at
            and controls.outcome = exposed.outcome
            and controls.starts_after = exposed.starts_after
            and controls.ends_after = exposed.ends_after
    group by
        failures.organization_id,
        failures.account_id,
        failures.failed_at,
        exposed.outcome,
        exposed.starts_after,
        exposed.ends_after,
        exposed.has_come
)

select * from final
