-- A row is a finding that is reported now and noted otherwise or not at all, or noted as standing and reported no more.
-- Tolerance: none, every column must be the same but the time of computation. Only organizations of the run's sources.
with
organizations as (
    select * from raw.organizations
    where source_name = any(%(sources)s)
),

reported as (
    select
        leaks.organization_id, leaks.billing_month, leaks.code, leaks.finding_id,
        to_jsonb(leaks) - 'computed_at' as finding
    from marts.revmatch_leaks as leaks
    inner join organizations
        on organizations.organization_id = leaks.organization_id
    where %(months)s::date[] is null or leaks.billing_month = any(%(months)s::date[])
),

standing as (
    select
        versions.organization_id, versions.billing_month, versions.finding ->> 'code' as code, versions.finding_id,
        versions.finding
    from app.finding_versions as versions
    inner join organizations
        on organizations.organization_id = versions.organization_id
    where
        versions.gone_at is null
        and (%(months)s::date[] is null or versions.billing_month = any(%(months)s::date[]))
)

select
    coalesce(reported.organization_id, standing.organization_id) as organization_id,
    coalesce(reported.billing_month, standing.billing_month) as billing_month,
    coalesce(reported.code, standing.code) as code,
    finding_id,
    case
        when standing.finding_id is null then 'reported and not noted'
        when reported.finding_id is null then 'noted and not reported any more'
        else 'noted otherwise than it is reported'
    end as what
from reported
full outer join standing
    using (finding_id)
where reported.finding is distinct from standing.finding
order by organization_id, billing_month, code, finding_id
