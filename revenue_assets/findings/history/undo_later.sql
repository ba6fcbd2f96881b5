-- Versions that began at this as_of or later are noted again by what follows, or were never true.
delete from app.finding_versions as versions
using raw.organizations as organizations
where
    organizations.organization_id = versions.organization_id
    and organizations.source_name = any(%(sources)s)
    and versions.billing_month = any(%(months)s)
    and versions.seen_at >= organizations.as_of
