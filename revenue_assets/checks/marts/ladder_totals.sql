-- The control totals of the ladder: entitled, the lowest rung delivered, and what lies between, by organization and
-- currency.
with
rungs as (
    select
        organization_id,
        currency,
        billing_month,
        max(amount) filter (where rung_number = 1) as entitled_amount,
        (array_agg(amount order by rung_number desc) filter (where is_available))[1] as last_amount,
        sum(leak_net_amount) as findings_amount,
        sum(no_leak_amount) as no_leak_amount
    from marts.mart_revenue_ladder
    where %(months)s::date[] is null or billing_month = any(%(months)s::date[])
    group by organization_id, currency, billing_month
)

select
    organization_id,
    currency,
    sum(entitled_amount) as entitled,
    sum(last_amount) as collected,
    sum(entitled_amount - last_amount) as between_them,
    sum(findings_amount) as findings,
    sum(no_leak_amount) as no_leak
from rungs
group by organization_id, currency
order by organization_id, currency
