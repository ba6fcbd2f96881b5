update app.finding_versions as versions
set gone_at = null, ended = null, resolved_by = null
from raw.organizations as organizations
where
    organizations.organization_id = versions.organization_id
    and organizations.source_name = any(%(sources)s)
    and versions.billing_month = any(%(months)s)
    and versions.gone_at >= organizations.as_of
