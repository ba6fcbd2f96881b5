-- A row is an organization, currency and month of this run whose documented lines do not sum to what the ladder and the
-- items that cannot be rated say was documented. Lines in another currency than their item's are held against the
-- ladder in the item's, after they have been held against the documents in their own.
{{ config(meta={"dagster": {"ref": {"name": "int_billed_lines"}}}) }}

with
item_lines as (
    select * from {{ ref('int_item_lines') }}
    where is_documented
),

-- A voided line that was a correction is no charge. What conversion changes is taken out and put in again.
charges as (
    select organization_id, currency, billing_month, amount
    from {{ ref('int_billed_lines') }}
    where is_documented and is_pre_tax and status <> 'void' and {{ in_build_range('billing_month') }}
    union all
    select organization_id, line_currency as currency, billing_month, line_amount as amount
    from item_lines
    where is_voided
    union all
    select organization_id, line_currency as currency, billing_month, -line_amount as amount
    from item_lines
    where is_converted
    union all
    select organization_id, currency, billing_month, amount
    from item_lines
    where is_converted
),

lines as (
    select
        organization_id, currency, billing_month,
        sum(amount) as amount
    from charges
    group by organization_id, currency, billing_month
),

items as (
    select organization_id, currency, billing_month, documented_amount
    from {{ ref('int_ladder') }}
    where documented_amount is not null and {{ in_build_range('billing_month') }}
    union all
    select organization_id, currency, billing_month, documented_amount
    from {{ ref('int_unrated_items') }}
    where {{ in_build_range('billing_month') }}
),

documented as (
    select
        organization_id, currency, billing_month,
        sum(documented_amount) as amount
    from items
    group by organization_id, currency, billing_month
)

select
    organization_id,
    currency,
    billing_month,
    lines.amount as lines_amount,
    documented.amount as documented_amount
from lines
full join documented
    using (organization_id, currency, billing_month)
where coalesce(lines.amount, 0) <> coalesce(documented.amount, 0)
