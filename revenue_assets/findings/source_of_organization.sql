-- The source of an organization, as it was when it was loaded last.
select source_name, as_of, matching, datasets
from raw.organizations
where organization_id = %(organization_id)s
