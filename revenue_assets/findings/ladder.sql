-- One row per organization, currency and rung of a source, summed over the months; a null amount was not delivered.
select
    ladder.organization_id,
    ladder.currency,
    currencies.minor_unit,
    ladder.rung,
    ladder.rung_number,
    case when bool_and(ladder.is_available) then sum(ladder.amount) end as amount
from marts.mart_revenue_ladder as ladder
inner join raw.organizations as organizations
    on organizations.organization_id = ladder.organization_id
left join raw.currencies as currencies
    on currencies.currency = ladder.currency
where
    organizations.source_name = %(source)s
    and ladder.billing_month between %(first)s and %(last)s
group by
    ladder.organization_id, ladder.currency, currencies.minor_unit, ladder.rung, ladder.rung_number
order by
    ladder.organization_id, ladder.currency, ladder.rung_number
