{{ config(materialized="table") }}

{#- To every index failure up to four payments that succeeded: of the same country where there is any, else of whatever
    country. Nothing that came after a payment decides who is a control: a customer whose later payment fails stays, or
    the controls would be those who did well. docs/definitions.md#does-churn-follow-failed-payments -#}
with
failures as (
    select * from {{ ref('int_index_failures') }}
),

candidates as (
    select * from {{ ref('int_control_candidates') }}
),

of_the_country as (
    {{ deal_controls("failures", "candidates", ["organization_id", "plan_id", "tenure_band", "month", "country"]) }}
),

failures_left as (
    select failures.*
    from failures
    left join of_the_country as dealt
        on
            dealt.organization_id = failures.organization_id
            and dealt.account_id = failures.account_id
            and dealt.failed_at = failures.failed_at
            and dealt.nth = 1
    where dealt.nth is null
),

candidates_left as (
    select candidates.*
    from candidates
    left join of_the_country as dealt
        on
            dealt.organization_id = candidates.organization_id
            and dealt.control_account_id = candidates.account_id
            and dealt.control_asked_at = candidates.asked_at
            and dealt.nth <= 4
    where dealt.nth is null
),

of_any_country as (
    {{ deal_controls("failures_left", "candidates_left", ["organization_id", "plan_id", "tenure_band", "month"]) }}
),

dealt as (
    select organization_id, control_account_id, control_asked_at, account_id, failed_at, nth, true as is_same_country
    from of_the_country
    union all
    select organization_id, control_account_id, control_asked_at, account_id, failed_at, nth, false as is_same_country
    from of_any_country
),

final as (
    select
        organization_id,
        control_account_id,
        control_asked_at,
        account_id,
        failed_at,
        is_same_country
    from dealt
    where nth <= 4
)

select * from final
