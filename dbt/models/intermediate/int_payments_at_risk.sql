{{ config(materialized="view", post_hook=[]) }}

{#- Accounts whose means of payment is gone have this to pay: docs/definitions.md#what-documents-put-at-risk. -#}
with
causes as (
    select * from {{ ref('int_leak_causes') }}
    where
        {{ in_build_range('billing_month') }}
        -- Nobody lost it yet: not due, just tried, or still a draft.
        and (code = 'not_yet_collected' or (code = 'not_yet_invoiced' and rung_number = 6))
),

newest_tries as (
    select distinct on (organization_id, account_id)
        organization_id,
        account_id,
        status,
        is_method_gone,
        attempted_at
    from {{ ref('int_tries') }}
    order by organization_id asc, account_id asc, attempted_at desc, attempt_number desc, attempt_id desc
),

final as (
    select
        causes.organization_id,
        causes.account_id,
        causes.subscription_id,
        causes.period_start,
        causes.currency,
        causes.period_end,
        causes.billing_month,
        newest_tries.attempted_at as last_tried_at,
        sum(causes.leak_amount) as amount
    from causes
    inner join newest_tries
        on
            newest_tries.organization_id = causes.organization_id
            and newest_tries.account_id = causes.account_id
            and newest_tries.status = 'failed'
            and newest_tries.is_method_gone
    group by
        causes.organization_id, causes.account_id, causes.subscription_id, causes.period_start, causes.currency,
        causes.period_end, causes.billing_month, newest_tries.attempted_at
    having sum(causes.leak_amount) > 0
)

select * from final
