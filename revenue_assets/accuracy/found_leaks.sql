-- One row per finding of the closed months.
select
    organization_id,
    account_id,
    subscription_id,
    item,
    period_start,
    currency,
    code,
    leak_amount
from marts.revmatch_leaks
where organization_id = any(%(organizations)s)
