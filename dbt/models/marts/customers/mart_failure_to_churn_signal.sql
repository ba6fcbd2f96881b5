{{ config(materialized="table") }}

{#- Does a failed payment come before less engagement, intents to cancel and churn?
    docs/definitions.md#does-churn-follow-failed-payments -#}
{%- set z = "1.959963984540054" -%}
{#- Fifteen questions are asked of an organization: a signal must stand at 1 - 0.05 / 15, or half of the organizations
    in which nothing is the matter would have one. -#}
{%- set strict_z = "2.935199468866699" -%}
{%- set a, n, b, m = "failure_events", "failures", "effective_control_events", "effective_controls" -%}
with
organizations as (
    select * from {{ ref('stg_organizations') }}
    where has_payments
),

questions as (
    select
        organizations.organization_id,
        outcomes.outcome,
        windows.window_start_days,
        windows.window_end_days
    from organizations
    cross join (values ('churn'), ('cancel_intent'), ('engagement_decline')) as outcomes (outcome)
    cross join (values (0, 30), (30, 60), (60, 90), (0, 60), (0, 90)) as windows (window_start_days, window_end_days)
),

compared as (
    select
        *,
        failure_events::numeric / nullif(failures, 0) as failure_event_rate,
        payment_events::numeric / nullif(payments, 0) as base_rate,
        failure_events::numeric / nullif(failures * control_rate, 0) as relative_risk,
        {{ newcombe_low(a, n, b, m, z) }} as risk_difference_low,
        {{ newcombe_high(a, n, b, m, z) }} as risk_difference_high,
        {{ newcombe_low(a, n, b, m, strict_z) }} as strict_low,
        {{ newcombe_high(a, n, b, m, strict_z) }} as strict_high,
        {{ log_risk_error(a, n, b, m) }} as log_error
    from {{ ref('int_compared_failures') }}
),

final as (
    select
        questions.organization_id,
        questions.outcome,
        questions.window_start_days,
        questions.window_end_days,
        coalesce(compared.failures, 0) as failures,
        coalesce(compared.failure_events, 0) as failure_events,
        coalesce(compared.unmatched_failures, 0) as unmatched_failures,
        coalesce(compared.controls, 0) as controls,
        coalesce(compared.control_events, 0) as control_events,
        compared.effective_controls,
        coalesce(compared.payments, 0) as payments,
        coalesce(compared.payment_events, 0) as payment_events,
        compared.failure_event_rate::numeric(38, 12) as failure_event_rate,
        compared.control_rate as control_event_rate,
        compared.base_rate::numeric(38, 12) as base_rate,
        (compared.failure_event_rate - compared.control_rate)::numeric(38, 12) as risk_difference,
        compared.risk_difference_low::numeric(38, 12) as risk_difference_low,
        compared.risk_difference_high::numeric(38, 12) as risk_difference_high,
        case when compared.log_error is not null then compared.relative_risk end::numeric(38, 12) as relative_risk,
        (compared.relative_risk * exp(-{{ z }} * compared.log_error))::numeric(38, 12) as relative_risk_low,
        (compared.relative_risk * exp({{ z }} * compared.log_error))::numeric(38, 12) as relative_risk_high,
        compared.strict_low > 0 or compared.strict_high < 0 as is_signal
    from questions
    left join compared
        on
            compared.organization_id = questions.organization_id
            and compared.outcome = questions.outcome
            and compared.starts_after = questions.window_start_days
            and compared.ends_after = questions.window_end_days
)

select * from final
