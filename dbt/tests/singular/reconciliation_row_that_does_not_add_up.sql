-- A row is an account and period where expected less billed is not under less over plus what is not yet invoiced and
-- what rounding took, and what was charged one or two invoices later.
-- Tolerance: none. Rows with nothing to compare with (status unknown) are left out.
select
    organization_id,
    account_id,
    subscription_id,
    period_start,
    currency,
    expected_amount,
    billed_amount,
    leak_under_amount,
    leak_over_amount,
    not_yet_invoiced_amount,
    rounding_amount,
    billed_later_amount
from {{ ref('mart_account_reconciliation') }}
where
    status <> 'unknown'
    and expected_amount - billed_amount
    is distinct from leak_under_amount - leak_over_amount + not_yet_invoiced_amount + rounding_amount
    + billed_later_amount
