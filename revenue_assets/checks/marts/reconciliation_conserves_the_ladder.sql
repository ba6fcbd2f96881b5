-- A row is an organization, currency and month whose accounts are not expected, billed or under- and overbilled by what
-- the ladder's items and the findings up to the invoice say.
-- Tolerance: none. Null: a rung that is not delivered adds nothing, on both sides. Zero: a month without items agrees.
with
entries as (
    select
        organization_id, currency, billing_month,
        coalesce(expected_amount, 0) as expected_amount,
        coalesce(billed_amount, 0) as billed_amount,
        coalesce(leak_net_amount, 0) as leak_amount
    from marts.mart_account_reconciliation
    where %(months)s::date[] is null or billing_month = any(%(months)s::date[])
    union all
    select
        organization_id, currency, billing_month,
        -coalesce(entitled_amount, 0) as expected_amount,
        -coalesce(invoiced_amount, metered_amount, 0) as billed_amount,
        0 as leak_amount
    from intermediate.int_ladder
    where %(months)s::date[] is null or billing_month = any(%(months)s::date[])
    union all
    select
        organization_id, currency, billing_month,
        0 as expected_amount,
        0 as billed_amount,
        -leak_amount
    from marts.revmatch_leaks
    where
        certainty = 'confirmed'
        and bucket not in ('usage_outside_ladder', 'credit', 'prepaid', 'collection')
        and (%(months)s::date[] is null or billing_month = any(%(months)s::date[]))
)

select
    organization_id,
    currency,
    billing_month,
    sum(expected_amount) as expected_difference,
    sum(billed_amount) as billed_difference,
    sum(leak_amount) as leak_difference
from entries
group by organization_id, currency, billing_month
having sum(expected_amount) <> 0 or sum(billed_amount) <> 0 or sum(leak_amount) <> 0
order by organization_id, currency, billing_month
