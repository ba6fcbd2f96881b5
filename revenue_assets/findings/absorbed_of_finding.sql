-- At most one row: how much of the cause of a finding a commitment or discount makes up for.
select
    absorbed_by,
    absorbed_amount
from marts.mart_absorbed_usage
where
    organization_id = %(organization_id)s
    and account_id = %(account_id)s
    and subscription_id = %(subscription_id)s
    and item = %(item)s
    and period_start = %(period_start)s
    and currency = %(currency)s
    and code = %(code)s
