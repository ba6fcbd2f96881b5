-- The sentences of a month, in the order of reading; at most so many of each organization and currency.
select
    findings.organization_id,
    findings.currency,
    findings.topic,
    findings.sentence,
    findings.source_mart
from marts.mart_executive_findings as findings
inner join raw.organizations as organizations
    on organizations.organization_id = findings.organization_id
where
    organizations.source_name = %(source)s
    and findings.month = %(month)s
    and (%(limit)s::integer is null or findings.rank <= %(limit)s::integer)
order by findings.organization_id, findings.currency, findings.rank
