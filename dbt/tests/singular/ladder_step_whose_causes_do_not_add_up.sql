-- A row is a step of one item's ladder whose causes do not sum to the difference of its two rungs. Tolerance: none,
-- every amount is an exact decimal. A rung that the source does not have is skipped, like in the ladder itself.
-- A missing side is zero: an under and an over of the same size leave no step, but two causes.
{{ config(meta={"dagster": {"ref": {"name": "int_leak_causes"}}}) }}

with
ladder as (
    select * from {{ ref('int_ladder') }}
),

causes as (
    select
        organization_id, account_id, subscription_id, item, period_start, currency, rung_number,
        sum(leak_amount) as explained_amount
    from {{ ref('int_leak_causes') }}
    group by organization_id, account_id, subscription_id, item, period_start, currency, rung_number
),

steps as (
    select
        ladder.organization_id,
        ladder.account_id,
        ladder.subscription_id,
        ladder.item,
        ladder.period_start,
        ladder.currency,
        steps.rung_number,
        steps.upper_amount - steps.lower_amount as step_amount
    from ladder
    cross join
        lateral (
            values
            (2, ladder.entitled_amount, ladder.metered_amount),
            (3, coalesce(ladder.metered_amount, ladder.entitled_amount), ladder.posted_amount),
            (4, ladder.posted_amount, ladder.priced_amount),
            (5, ladder.priced_amount, ladder.documented_amount),
            (6, ladder.documented_amount, ladder.invoiced_amount),
            (7, ladder.invoiced_amount, ladder.credited_amount),
            (8, coalesce(ladder.credited_amount, ladder.invoiced_amount), ladder.paid_for_amount),
            (
                9,
                coalesce(ladder.paid_for_amount, ladder.credited_amount, ladder.invoiced_amount),
                ladder.collected_amount
            )
        ) as steps (rung_number, upper_amount, lower_amount)
    where steps.upper_amount <> steps.lower_amount
)

select
    organization_id,
    account_id,
    subscription_id,
    item,
    period_start,
    currency,
    rung_number,
    steps.step_amount,
    causes.explained_amount
from steps
full join causes
    using (organization_id, account_id, subscription_id, item, period_start, currency, rung_number)
where coalesce(steps.step_amount, 0) <> coalesce(causes.explained_amount, 0)
