-- A row is an item whose causes do not sum to entitled less its last rung. Tolerance: none. The last rung is the lowest
-- one that the source has; an item that nothing was delivered for below entitled has no leak to explain.
{{ config(meta={"dagster": {"ref": {"name": "int_ladder"}}}) }}

with
ladder as (
    select * from {{ ref('int_ladder') }}
),

causes as (
    select
        organization_id, account_id, subscription_id, item, period_start, currency,
        sum(leak_amount) as explained_amount
    from {{ ref('int_leak_causes') }}
    group by organization_id, account_id, subscription_id, item, period_start, currency
)

select
    organization_id,
    account_id,
    subscription_id,
    item,
    period_start,
    currency,
    ladder.entitled_amount,
    causes.explained_amount
from ladder
full join causes
    using (organization_id, account_id, subscription_id, item, period_start, currency)
where
    ladder.entitled_amount is null
    or ladder.entitled_amount - coalesce(
        ladder.collected_amount,
        ladder.paid_for_amount,
        ladder.credited_amount,
        ladder.invoiced_amount,
        ladder.metered_amount,
        ladder.entitled_amount
    ) <> coalesce(causes.explained_amount, 0)
