-- A row is a line that no month holds, although it begins while its subscription is served and both months in which
-- that period can end, its own and the next, are built by this run. Months built earlier are left out: lines that came
-- since are found when these are closed again. Only plans that bill monthly are looked at.
{{ config(meta={"dagster": {"ref": {"name": "int_billed_lines"}}}) }}

with
lines as (
    select * from {{ ref('int_document_lines') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

plans as (
    select * from {{ ref('stg_plans') }}
),

built_months as (
    select distinct
        organization_id,
        billing_month
    from {{ ref('int_items') }}
    where {{ in_build_range('billing_month') }}
),

expected as (
    select
        lines.organization_id,
        lines.invoice_line_id,
        (date_trunc('month', lines.period_start at time zone 'UTC') + months.later * interval '1 month')::date
            as billing_month
    from lines
    cross join (values (0), (1)) as months (later)
    inner join subscriptions
        on
            subscriptions.organization_id = lines.organization_id
            and subscriptions.subscription_id = lines.subscription_id
            and subscriptions.account_id = lines.account_id
            and {{ is_served('subscriptions', 'lines.period_start') }}
    inner join plans
        on
            plans.organization_id = subscriptions.organization_id
            and plans.plan_id = subscriptions.plan_id
            and plans.billing_interval = 'month'
),

-- The built months by line, and the line itself as one that is there: one list, summed, because a join of estimates
-- would be planned badly.
entries as (
    select
        expected.organization_id, expected.invoice_line_id,
        1 as month_count,
        0 as billed_count
    from expected
    inner join built_months
        on
            built_months.organization_id = expected.organization_id
            and built_months.billing_month = expected.billing_month
    union all
    select
        organization_id, invoice_line_id,
        0 as month_count,
        1 as billed_count
    from {{ ref('int_billed_lines') }}
)

select
    organization_id,
    invoice_line_id
from entries
group by organization_id, invoice_line_id
having sum(month_count) = 2 and sum(billed_count) = 0
