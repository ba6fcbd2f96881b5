-- Plans, with how many their organization has: of one alone, a rank says nothing.
select
    *,
    count(*) over (partition by organization_id) as plans_of_organization
from plans
