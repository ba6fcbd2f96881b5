-- A row is an item of a period whose findings, with what is no leak (not due yet, rounding, justified credits), are not
-- entitled less the lowest rung that its source delivers. From the findings as they are shown, not from their causes.
-- Tolerance: none. Null: an item of which no lower rung was delivered has nothing to lose. Zero: no finding, no loss.
with
entries as (
    select
        organization_id, account_id, subscription_id, item, period_start, currency,
        entitled_amount - coalesce(
            collected_amount, paid_for_amount, credited_amount, invoiced_amount, metered_amount, entitled_amount
        ) as lost_amount,
        0 as explained_amount
    from intermediate.int_ladder
    where %(months)s::date[] is null or billing_month = any(%(months)s::date[])
    union all
    select
        organization_id, account_id, subscription_id, item, period_start, currency,
        0 as lost_amount,
        leak_amount as explained_amount
    from marts.revmatch_leaks
    where
        certainty = 'confirmed'
        and bucket <> 'usage_outside_ladder'
        and code <> 'C8' -- evidence only: beside the ladder
        and (%(months)s::date[] is null or billing_month = any(%(months)s::date[]))
    union all
    select
        organization_id, account_id, subscription_id, item, period_start, currency,
        0 as lost_amount,
        leak_amount as explained_amount
    from intermediate.int_leak_causes
    where
        not is_finding
        and (%(months)s::date[] is null or billing_month = any(%(months)s::date[]))
)

select
    organization_id,
    account_id,
    subscription_id,
    item,
    period_start,
    currency,
    sum(lost_amount) as entitled_less_collected,
    sum(explained_amount) as explained
from entries
group by organization_id, account_id, subscription_id, item, period_start, currency
having sum(lost_amount) <> sum(explained_amount)
order by abs(sum(lost_amount) - sum(explained_amount)) desc, organization_id, account_id, item, period_start
