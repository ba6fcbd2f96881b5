select
    count(*) filter (where versions.gone_at is null),
    count(*) filter (where versions.seen_at = organizations.as_of),
    count(*) filter (where versions.gone_at = organizations.as_of and versions.ended = 'changed'),
    count(*) filter (where versions.gone_at = organizations.as_of and versions.ended = 'superseded'),
    count(*) filter (where versions.gone_at = organizations.as_of and versions.ended = 'resolved')
from app.finding_versions as versions
inner join raw.organizations as organizations
    on organizations.organization_id = versions.organization_id
where
    organizations.source_name = any(%(sources)s)
    and versions.billing_month = any(%(months)s)
