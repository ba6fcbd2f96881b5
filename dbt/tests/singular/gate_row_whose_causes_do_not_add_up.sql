-- A row is an item of the pre-invoice gate whose difference is not what its causes up to the documents, and voided
-- charges, add up to.
-- Tolerance: none. An item without causes has a difference of zero; what cannot be rated is left out.
{{ config(meta={"dagster": {"ref": {"name": "mart_invoice_gate"}}}) }}

with
causes as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        sum(leak_amount) as explained_amount
    from {{ ref('int_leak_causes') }}
    where {{ in_build_range('billing_month') }} and (rung_number <= 5 or code = 'B9')
    group by organization_id, account_id, subscription_id, item, period_start, currency
)

select
    gate.organization_id,
    gate.account_id,
    gate.subscription_id,
    gate.item,
    gate.period_start,
    gate.currency,
    gate.difference_amount,
    causes.explained_amount
from {{ ref('mart_invoice_gate') }} as gate
left join causes
    using (organization_id, account_id, subscription_id, item, period_start, currency)
where
    {{ in_build_range('gate.billing_month') }}
    and gate.unrated_reason is null
    and gate.difference_amount is distinct from coalesce(causes.explained_amount, 0)
