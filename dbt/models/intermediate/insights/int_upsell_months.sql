{{ config(materialized="table") }}
{#- From which share of its allowance on a customer is near it, and for how many periods in a row. -#}
{%- set near = 0.8 -%}

{#- Rows are periods that are the third in a row: docs/definitions.md#insights. -#}
with
items as (
    select * from {{ ref('int_plan_items') }}
),

plans as (
    select * from {{ ref('stg_plans') }}
),

-- A plan that includes nothing is exceeded by any use. An item that cannot be rated leaves nothing to compare.
periods as (
    select
        organization_id, account_id, subscription_id, currency, target_plan_id, plan_id, period_start, period_end,
        billing_month,
        max(units / nullif(included_units, 0)) filter (where item <> 'recurring') as allowance_rate,
        case when count(amount) = count(*) then sum(amount) end as amount,
        case when count(target_amount) = count(*) then sum(target_amount) end as target_amount,
        coalesce(
            (count(*) filter (where item <> 'recurring' and units > 0) > 0)
            and coalesce(max(units / nullif(included_units, 0)) filter (where item <> 'recurring') >= {{ near }}, true)
            and count(amount) = count(*)
            and sum(amount) > sum(target_amount)
            and count(target_amount) = count(*),
            false
        ) as is_cheaper
    from items
    group by
        organization_id, account_id, subscription_id, currency, target_plan_id, plan_id, period_start, period_end,
        billing_month
),

in_a_row as (
    select
        *,
        is_cheaper
        and lag(is_cheaper, 1) over of_move and lag(is_cheaper, 2) over of_move
        and lag(period_end, 1) over of_move = period_start
        and lag(period_end, 2) over of_move = lag(period_start, 1) over of_move as is_third_in_a_row,
        sum(amount - target_amount) over (of_move rows between 2 preceding and current row) as saved_in_a_row
    from periods
    window
        of_move as (
            partition by organization_id, subscription_id, currency, target_plan_id, plan_id order by period_start
        )
),

-- Of several plans the one that would have saved most over the three periods.
ranked as (
    select
        *,
        row_number() over (
            partition by organization_id, account_id, currency, billing_month
            order by saved_in_a_row desc, target_plan_id asc, subscription_id asc, period_start desc
        ) as preference
    from in_a_row
    where is_third_in_a_row
),

final as (
    select
        ranked.organization_id,
        ranked.account_id,
        ranked.currency,
        ranked.billing_month as month,
        ranked.subscription_id,
        ranked.plan_id,
        ranked.target_plan_id,
        plans.name as target_plan_name,
        round(ranked.allowance_rate, 12) as allowance_rate,
        ranked.amount::numeric(38, 12) as amount,
        ranked.target_amount::numeric(38, 12) as target_amount,
        (ranked.amount - ranked.target_amount)::numeric(38, 12) as saved_amount
    from ranked
    inner join plans
        on
            plans.organization_id = ranked.organization_id
            and plans.plan_id = ranked.target_plan_id
    where ranked.preference = 1
)

select * from final
