-- A row is a line that no month holds, although it begins while its subscription is served and both months in
-- which that period can end are built, its own and the next. Only plans that bill monthly are looked at;
-- lines of months that were never closed are no finding.
{{ config(meta={"dagster": {"ref": {"name": "int_billed_lines"}}}) }}

with
lines as (
    select * from {{ ref('int_document_lines') }}
),

billed as (
    select * from {{ ref('int_billed_lines') }}
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
),

expected as (
    select
        lines.organization_id,
        lines.invoice_line_id,
        lines.invoice_id,
        date_trunc('month', lines.period_start at time zone 'UTC')::date as first_month
    from lines
    inner join subscriptions
        on
            subscriptions.organization_id = lines.organization_id
            and subscriptions.subscription_id = lines.subscription_id
            and subscriptions.account_id = lines.account_id
            and lines.period_start >= subscriptions.started_at
            and lines.period_start < coalesce(subscriptions.ended_at, 'infinity'::timestamptz)
    inner join plans
        on
            plans.organization_id = subscriptions.organization_id
            and plans.plan_id = subscriptions.plan_id
            and plans.billing_interval = 'month'
)

select
    expected.organization_id,
    expected.invoice_line_id,
    expected.invoice_id,
    expected.first_month
from expected
inner join built_months as this_month
    on
        this_month.organization_id = expected.organization_id
        and this_month.billing_month = expected.first_month
inner join built_months as next_month
    on
        next_month.organization_id = expected.organization_id
        and next_month.billing_month = (expected.first_month + interval '1 month')::date
left join billed
    on
        billed.organization_id = expected.organization_id
        and billed.invoice_line_id = expected.invoice_line_id
where billed.invoice_line_id is null
