-- A row is an organization, month and code (U5, U6, U7) whose findings have other events or units than the usage that no
-- subscription claims. Usage of internal accounts and of names without a meter is no finding.
-- Tolerance: none. Null: no account in billing is no internal one. Zero: a month without such usage agrees.
with
customers as (
    select organization_id from raw.accounts
    union
    select organization_id from raw.subscriptions
),

entries as (
    select
        usage.organization_id,
        usage.billing_month,
        case usage.outcome when 'unmapped' then 'U5' when 'unpriced' then 'U6' else 'U7' end as code,
        usage.events as used_events,
        usage.units as used_units,
        0 as found_events,
        0 as found_units
    from lake.unclaimed_usage as usage
    inner join customers
        on customers.organization_id = usage.organization_id
    left join raw.accounts as accounts
        on
            accounts.organization_id = usage.organization_id
            and accounts.account_id = usage.account_id
    where
        usage.outcome in ('unmapped', 'unpriced', 'outside_subscription')
        and usage.meter_id is not null
        and accounts.is_internal is not true
        and (%(months)s::date[] is null or usage.billing_month = any(%(months)s::date[]))
    union all
    select
        organization_id,
        billing_month,
        code,
        0 as used_events,
        0 as used_units,
        events as found_events,
        units as found_units
    from marts.revmatch_leaks
    where
        code in ('U5', 'U6', 'U7')
        and (%(months)s::date[] is null or billing_month = any(%(months)s::date[]))
)

select
    organization_id,
    billing_month,
    code,
    sum(used_events)::bigint as used_events,
    sum(found_events)::bigint as found_events,
    sum(used_units) as used_units,
    sum(found_units) as found_units
from entries
group by organization_id, billing_month, code
having sum(used_events) <> sum(found_events) or sum(used_units) <> sum(found_units)
order by organization_id, billing_month, code
