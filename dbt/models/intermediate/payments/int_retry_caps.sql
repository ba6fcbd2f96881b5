{{ config(materialized="view", post_hook=[]) }}

{#- When the card networks' caps allow the next try, and how many are left then: docs/definitions.md#the-retry-plan. -#}
with
planned as (
    select * from {{ ref('int_planned_retries') }}
),

rules as (
    select * from {{ ref('retry_rules') }}
),

declined as (
    select * from {{ ref('int_tries') }}
    where is_sent and status = 'failed'
),

counted as (
    select
        planned.organization_id,
        planned.invoice_id,
        planned.currency,
        planned.earliest_retry_at,
        rules.window_hours,
        rules.allowed_declines,
        declined.attempted_at,
        row_number() over (
            partition by
                planned.organization_id, planned.invoice_id, planned.currency, rules.network, rules.window_hours
            order by declined.attempted_at desc nulls last
        ) as number
    from planned
    inner join rules
        on rules.network = planned.network
    left join declined
        on {{ counts_for_cap('declined', 'planned', 'rules') }}
),

-- A try may come when the decline that fills the cap, counted from the newest, has left the window.
freed as (
    select
        organization_id,
        invoice_id,
        currency,
        greatest(
            max(earliest_retry_at),
            max(attempted_at + (window_hours * 3600 + 1) * interval '1 second') filter (where number = allowed_declines)
        ) as next_retry_at
    from counted
    group by organization_id, invoice_id, currency
),

by_rule as (
    select
        counted.organization_id,
        counted.invoice_id,
        counted.currency,
        freed.next_retry_at,
        counted.allowed_declines - count(*) filter (
            where counted.attempted_at >= freed.next_retry_at - counted.window_hours * interval '1 hour'
        ) as retries_left
    from counted
    inner join freed
        using (organization_id, invoice_id, currency)
    group by
        counted.organization_id, counted.invoice_id, counted.currency, freed.next_retry_at,
        counted.window_hours, counted.allowed_declines
),

final as (
    select
        organization_id,
        invoice_id,
        currency,
        next_retry_at,
        min(retries_left) as retries_left
    from by_rule
    group by organization_id, invoice_id, currency, next_retry_at
)

select * from final
