{{ config(materialized="view", post_hook=[]) }}

{#- Tries that card networks forbid or charge for, in the UTC month in which they were made. -#}
with
tries as (
    select * from {{ ref('int_tries') }}
    where is_sent
),

declined as (
    select * from tries
    where status = 'failed'
),

rules as (
    select * from {{ ref('retry_rules') }}
),

after_hard_decline as (
    select distinct
        tries.organization_id,
        tries.attempt_id
    from tries
    inner join declined
        on
            declined.organization_id = tries.organization_id
            and declined.invoice_id = tries.invoice_id
            and declined.attempted_at < tries.attempted_at
            and declined.is_hard_decline
            and {{ is_same_card('declined', 'tries') }}
),

above_cap as (
    select
        tries.organization_id,
        tries.attempt_id
    from tries
    inner join rules
        on rules.network = tries.network
    inner join declined
        on
            {{ counts_for_cap('declined', 'tries', 'rules') }}
            and declined.attempted_at < tries.attempted_at
            and declined.attempted_at >= tries.attempted_at - rules.window_hours * interval '1 hour'
    group by tries.organization_id, tries.attempt_id, rules.network, rules.window_hours, rules.allowed_declines
    having count(*) >= rules.allowed_declines
),

forbidden as (
    select organization_id, attempt_id from after_hard_decline
    union
    select organization_id, attempt_id from above_cap
),

placed as (
    select
        tries.*,
        date_trunc('month', tries.attempted_at at time zone 'UTC')::date as billing_month
    from forbidden
    inner join tries
        on
            tries.organization_id = forbidden.organization_id
            and tries.attempt_id = forbidden.attempt_id
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        billing_month::timestamp at time zone 'UTC' as period_start,
        currency,
        (billing_month + interval '1 month') at time zone 'UTC' as period_end,
        billing_month,
        count(*) as tries,
        min(attempted_at) as first_tried_at,
        max(attempted_at) as last_tried_at
    from placed
    where {{ in_build_range('billing_month') }}
    group by organization_id, account_id, subscription_id, currency, billing_month
)

select * from final
