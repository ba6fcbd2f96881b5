-- The newest month that is closed and over, of a source; up to a month, if one is given.
select max(kpis.month) as month
from marts.mart_executive_kpis as kpis
inner join raw.organizations as organizations
    on organizations.organization_id = kpis.organization_id
where
    organizations.source_name = %(source)s
    and kpis.is_complete
    and (%(last)s::date is null or kpis.month <= %(last)s::date)
