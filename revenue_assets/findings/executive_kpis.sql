-- The executive KPIs of a month, one row per organization and currency of a source.
select
    kpis.*,
    currencies.minor_unit
from marts.mart_executive_kpis as kpis
inner join raw.organizations as organizations
    on organizations.organization_id = kpis.organization_id
inner join raw.currencies as currencies
    on currencies.currency = kpis.currency
where
    organizations.source_name = %(source)s
    and kpis.month = %(month)s
order by kpis.organization_id, kpis.currency
