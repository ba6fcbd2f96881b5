-- A row is a rung of a month whose sum, or whose leaks on the step down to it, are not those of the items.
{{ config(meta={"dagster": {"ref": {"name": "mart_revenue_ladder"}}}) }}

with
ladder as (
    select * from {{ ref('int_ladder') }}
),

items as (
    select
        ladder.organization_id,
        ladder.currency,
        ladder.billing_month,
        rungs.rung_number,
        sum(rungs.amount) as amount
    from ladder
    cross join
        lateral (
            values
            (1, ladder.entitled_amount), (2, ladder.metered_amount), (3, ladder.posted_amount),
            (4, ladder.priced_amount), (5, ladder.documented_amount), (6, ladder.invoiced_amount),
            (7, ladder.credited_amount), (8, ladder.paid_for_amount), (9, ladder.collected_amount)
        ) as rungs (rung_number, amount)
    group by ladder.organization_id, ladder.currency, ladder.billing_month, rungs.rung_number
),

causes as (
    select
        organization_id, currency, billing_month, rung_number,
        sum(leak_amount) as leak_amount
    from {{ ref('int_leak_causes') }}
    group by organization_id, currency, billing_month, rung_number
),

mart as (
    select * from {{ ref('mart_revenue_ladder') }}
)

select
    organization_id,
    currency,
    billing_month,
    rung_number,
    mart.amount as mart_amount,
    items.amount as items_amount,
    mart.leak_net_amount,
    causes.leak_amount
from mart
full join items
    using (organization_id, currency, billing_month, rung_number)
full join causes
    using (organization_id, currency, billing_month, rung_number)
where
    mart.rung_number is null
    or mart.amount is distinct from items.amount
    or coalesce(mart.leak_net_amount + mart.no_leak_amount, 0) <> coalesce(causes.leak_amount, 0)
    or coalesce(mart.leak_under_amount - mart.leak_over_amount - mart.leak_net_amount, 0) <> 0
