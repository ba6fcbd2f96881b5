-- A row is an account and month whose MRR at the start is not the MRR at the end of the month before. Tolerance: none.
-- A month without a row has no MRR at either end.
{{ config(meta={"dagster": {"ref": {"name": "mart_mrr_movements"}}}) }}

with
movements as (
    select * from {{ ref('mart_mrr_movements') }}
),

months as (
    select * from {{ ref('int_months') }}
),

carried as (
    select
        movements.organization_id,
        movements.account_id,
        movements.currency,
        (movements.month + interval '1 month')::date as month,
        movements.end_mrr_amount
    from movements
    inner join months
        on
            months.organization_id = movements.organization_id
            and months.month = (movements.month + interval '1 month')::date
)

select
    organization_id,
    account_id,
    currency,
    month,
    carried.end_mrr_amount as end_mrr_amount_before,
    movements.start_mrr_amount
from movements
full join carried
    using (organization_id, account_id, currency, month)
where coalesce(movements.start_mrr_amount, 0) <> coalesce(carried.end_mrr_amount, 0)
