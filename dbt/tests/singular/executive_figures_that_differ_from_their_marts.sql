-- A row is a month and currency whose total revenue, entitled amount or leaks among the executive KPIs are not those of
-- the revenue by month and of the findings, internal accounts left out. Tolerance: none.
{{ config(meta={"dagster": {"ref": {"name": "mart_executive_kpis"}}}) }}

with
internal as (
    select * from {{ ref('stg_accounts') }}
    where is_internal
),

leaks as (
    select leaks.*
    from {{ ref('revmatch_leaks') }} as leaks
    left join internal
        on
            internal.organization_id = leaks.organization_id
            and internal.account_id = leaks.account_id
    where leaks.certainty = 'confirmed' and internal.account_id is null
),

entries as (
    select
        organization_id, currency, month,
        total_revenue_amount, entitled_amount, leak_under_amount, leak_over_amount
    from {{ ref('mart_executive_kpis') }}
    union all
    select
        organization_id, currency, billing_month,
        -coalesce(credited_amount, invoiced_amount), -entitled_amount, 0, 0
    from {{ ref('mart_revenue_monthly') }}
    where currency <> ''
    union all
    select
        organization_id, currency, billing_month,
        0, 0, -greatest(leak_amount, 0), least(leak_amount, 0)
    from leaks
)

select
    organization_id,
    currency,
    month,
    sum(total_revenue_amount) as revenue_difference,
    sum(entitled_amount) as entitled_difference,
    sum(leak_under_amount) as leak_under_difference,
    sum(leak_over_amount) as leak_over_difference
from entries
group by organization_id, currency, month
having
    sum(total_revenue_amount) <> 0 or sum(entitled_amount) <> 0
    or sum(leak_under_amount) <> 0 or sum(leak_over_amount) <> 0
