-- Begins a version of every finding that has none that holds.
insert into app.finding_versions (finding_id, seen_at, organization_id, billing_month, finding)
select
    leaks.finding_id,
    organizations.as_of,
    leaks.organization_id,
    leaks.billing_month,
    to_jsonb(leaks) - 'computed_at'
from marts.revmatch_leaks as leaks
inner join raw.organizations as organizations
    on organizations.organization_id = leaks.organization_id
left join app.finding_versions as versions
    on
        versions.finding_id = leaks.finding_id
        and versions.gone_at is null
where
    organizations.source_name = any(%(sources)s)
    and leaks.billing_month = any(%(months)s)
    and versions.finding_id is null
