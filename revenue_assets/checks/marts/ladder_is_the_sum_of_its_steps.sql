-- A row is an organization, currency and month of which entitled less the lowest rung is not what the ladder's steps say
-- was lost and was no loss; or of which the leaks shown by rung are not the findings.
-- Tolerance: none. Null: a rung that the source does not deliver is skipped. Zero: a month without leaks agrees.
with
entries as (
    select
        organization_id,
        currency,
        billing_month,
        max(amount) filter (where rung_number = 1)
        - (array_agg(amount order by rung_number desc) filter (where is_available))[1] as lost_amount,
        sum(leak_net_amount + no_leak_amount) as steps_amount,
        sum(leak_net_amount) as findings_difference
    from marts.mart_revenue_ladder
    where %(months)s::date[] is null or billing_month = any(%(months)s::date[])
    group by organization_id, currency, billing_month
    union all
    select
        organization_id,
        currency,
        billing_month,
        0 as lost_amount,
        0 as steps_amount,
        -leak_amount as findings_difference
    from marts.revmatch_leaks
    where
        certainty = 'confirmed'
        and bucket <> 'usage_outside_ladder'
        and code <> 'C8' -- evidence only: beside the ladder
        and (%(months)s::date[] is null or billing_month = any(%(months)s::date[]))
)

select
    organization_id,
    currency,
    billing_month,
    sum(lost_amount) as entitled_less_collected,
    sum(steps_amount) as steps,
    sum(findings_difference) as findings_difference
from entries
group by organization_id, currency, billing_month
having
    sum(lost_amount) <> sum(steps_amount)
    or sum(findings_difference) <> 0
order by organization_id, currency, billing_month
