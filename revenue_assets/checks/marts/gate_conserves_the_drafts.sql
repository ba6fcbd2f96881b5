-- A row is an organization, currency and month of which the pre-invoice gate shows another sum of draft lines than the
-- drafts have.
-- Tolerance: none. Null: an item without a draft line adds nothing. Zero: a month without drafts agrees.
with
entries as (
    select
        organization_id, currency, billing_month,
        draft_amount as amount
    from marts.mart_invoice_gate
    where %(months)s::date[] is null or billing_month = any(%(months)s::date[])
    union all
    select
        organization_id, currency, billing_month,
        -amount
    from intermediate.int_item_lines
    where
        is_documented
        and not is_standing
        and not is_voided
        and (%(months)s::date[] is null or billing_month = any(%(months)s::date[]))
)

select
    organization_id,
    currency,
    billing_month,
    sum(amount) as draft_difference
from entries
group by organization_id, currency, billing_month
having sum(amount) <> 0
order by organization_id, currency, billing_month
