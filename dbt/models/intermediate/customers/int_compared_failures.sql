{{ config(materialized="table") }}

{#- The counts that are compared, by outcome and window. A failure and its controls count together or not at all, and
    the controls of one failure weigh as much as that failure: so both sides have the same mix of plans, countries and times.
    `effective_controls` is (sum of weights)^2 / sum of squared weights (L. Kish, Survey Sampling, 1965, 11.7). -#}
with
outcomes as (
    select * from {{ ref('int_churn_outcomes') }}
),

sets as (
    select * from {{ ref('int_failure_sets') }}
),

base as (
    select
        organization_id,
        outcome,
        starts_after,
        ends_after,
        count(*) as payments,
        count(*) filter (where has_come) as payment_events
    from outcomes
    group by organization_id, outcome, starts_after, ends_after
),

compared as (
    select
        organization_id,
        outcome,
        starts_after,
        ends_after,
        count(*) filter (where controls = 0) as unmatched_failures,
        count(*) filter (where controls > 0) as failures,
        count(*) filter (where controls > 0 and has_come) as failure_events,
        sum(controls) as controls,
        sum(control_events) as control_events,
        avg(control_events::numeric / nullif(controls, 0)) as control_rate,
        (count(*) filter (where controls > 0))::numeric ^ 2 / sum(1::numeric / nullif(controls, 0))
            as effective_controls
    from sets
    group by organization_id, outcome, starts_after, ends_after
),

final as (
    select
        base.organization_id,
        base.outcome,
        base.starts_after,
        base.ends_after,
        base.payments,
        base.payment_events,
        coalesce(compared.unmatched_failures, 0) as unmatched_failures,
        coalesce(compared.failures, 0) as failures,
        coalesce(compared.failure_events, 0) as failure_events,
        coalesce(compared.controls, 0)::bigint as controls,
        coalesce(compared.control_events, 0)::bigint as control_events,
        (compared.control_rate * compared.effective_controls)::numeric(38, 12) as effective_control_events,
        compared.effective_controls::numeric(38, 12) as effective_controls,
        compared.control_rate::numeric(38, 12) as control_rate
    from base
    left join compared
        using (organization_id, outcome, starts_after, ends_after)
)

select * from final
