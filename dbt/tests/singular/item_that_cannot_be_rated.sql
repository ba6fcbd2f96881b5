-- A row is an item that this version has no rule for. It is in no sum of the ladder, which does not mean that nothing
-- leaks there.
{{ config(severity="warn") }}

select
    organization_id,
    account_id,
    subscription_id,
    item,
    period_start,
    currency,
    unrated_reason
from {{ ref('int_unrated_items') }}
