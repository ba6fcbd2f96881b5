-- One row per organization, currency, cause and direction of a source, over the months: what would have been lost or
-- overpaid, and a commitment or discount makes up for. In no total of leaks.
-- Units only where all rows are of one item: tokens and gigabytes do not add up.
select
    absorbed.organization_id,
    absorbed.currency,
    currencies.minor_unit,
    absorbed.code,
    absorbed.name,
    count(*) as items,
    sum(absorbed.events) as events,
    case when count(distinct absorbed.item) = 1 then sum(absorbed.units) end as units,
    coalesce(sum(absorbed.absorbed_amount) filter (where absorbed.absorbed_amount > 0), 0) as under_amount,
    coalesce(-sum(absorbed.absorbed_amount) filter (where absorbed.absorbed_amount < 0), 0) as over_amount
from marts.mart_absorbed_usage as absorbed
inner join raw.organizations as organizations
    on organizations.organization_id = absorbed.organization_id
left join raw.currencies as currencies
    on currencies.currency = absorbed.currency
where
    organizations.source_name = %(source)s
    and absorbed.billing_month between %(first)s and %(last)s
group by
    absorbed.organization_id, absorbed.currency, currencies.minor_unit, absorbed.code, absorbed.name
order by
    absorbed.organization_id, absorbed.currency, absorbed.code
