-- One row per organization, currency and code of a source, over the months; under and over are never netted.
-- Confirmed findings only: a potential one is in no total.
-- Units only where all findings are of one item: tokens and gigabytes do not add up.
select
    leaks.organization_id,
    leaks.currency,
    currencies.minor_unit,
    leaks.code,
    leaks.name,
    count(*) as findings,
    sum(leaks.events) as events,
    case when count(distinct leaks.item) = 1 then sum(leaks.units) end as units,
    coalesce(sum(leaks.leak_amount) filter (where leaks.leak_amount > 0), 0) as under_amount,
    coalesce(-sum(leaks.leak_amount) filter (where leaks.leak_amount < 0), 0) as over_amount
from marts.revmatch_leaks as leaks
inner join raw.organizations as organizations
    on organizations.organization_id = leaks.organization_id
left join raw.currencies as currencies
    on currencies.currency = leaks.currency
where
    organizations.source_name = %(source)s
    and leaks.certainty = 'confirmed'
    and leaks.billing_month between %(first)s and %(last)s
group by
    leaks.organization_id, leaks.currency, currencies.minor_unit, leaks.code, leaks.name
order by
    leaks.organization_id, leaks.currency, leaks.code
