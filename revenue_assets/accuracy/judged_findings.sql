-- One row per finding of the closed months, with what its confidence rests on.
select
    leaks.organization_id,
    leaks.account_id,
    leaks.subscription_id,
    leaks.item,
    leaks.period_start,
    leaks.currency,
    leaks.code,
    leaks.leak_amount,
    leaks.confidence::double precision,
    parts.parts
from marts.revmatch_leaks as leaks
inner join intermediate.int_finding_parts as parts
    using (organization_id, account_id, subscription_id, item, period_start, currency, code)
where leaks.organization_id = any(%(organizations)s)
