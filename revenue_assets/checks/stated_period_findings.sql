-- Events and units behind each cause of a period, as the lake has published them; no units where they do not add up.
select
    findings.organization_id,
    findings.subscription_id,
    findings.meter_id,
    findings.period_start,
    findings.code,
    findings.events,
    case when coalesce(meters.aggregation, 'sum') in ('sum', 'count') then findings.units end as units
from lake.period_findings as findings
left join raw.meters as meters
    on
        meters.organization_id = findings.organization_id
        and meters.meter_id = findings.meter_id
where
    findings.organization_id in (
        select organization_id from raw.organizations
        where source_name = any(%(sources)s)
    )
    and (%(months)s::date[] is null or findings.billing_month = any(%(months)s::date[]))
