-- A row is an organization, currency, month and code of which another amount is said to be absorbed than the causes say,
-- or of which what is left is not the finding.
-- Tolerance: none. Null: a cause that was absorbed whole leaves no finding, which is zero. Zero: nothing absorbed agrees.
with
absorbed as (
    select * from marts.mart_absorbed_usage
    where %(months)s::date[] is null or billing_month = any(%(months)s::date[])
),

entries as (
    select
        organization_id, currency, billing_month, code,
        absorbed_amount,
        leak_amount
    from absorbed
    union all
    select
        causes.organization_id, causes.currency, causes.billing_month, causes.absorbed_code as code,
        -causes.leak_amount as absorbed_amount,
        0 as leak_amount
    from intermediate.int_leak_causes as causes
    inner join staging.leak_codes as codes
        on
            codes.code = causes.absorbed_code
            and codes.is_finding
    where %(months)s::date[] is null or causes.billing_month = any(%(months)s::date[])
    union all
    select
        absorbed.organization_id, absorbed.currency, absorbed.billing_month, absorbed.code,
        0 as absorbed_amount,
        -leaks.leak_amount
    from absorbed
    inner join marts.revmatch_leaks as leaks
        using (organization_id, account_id, subscription_id, item, period_start, currency, code)
)

select
    organization_id,
    currency,
    billing_month,
    code,
    sum(absorbed_amount) as absorbed_difference,
    sum(leak_amount) as leak_difference
from entries
group by organization_id, currency, billing_month, code
having sum(absorbed_amount) <> 0 or sum(leak_amount) <> 0
order by organization_id, currency, billing_month, code
