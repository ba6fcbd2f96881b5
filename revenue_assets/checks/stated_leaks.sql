-- Events and units of each finding about single events; no units where they do not add up.
select
    leaks.organization_id,
    leaks.subscription_id,
    leaks.item,
    leaks.period_start,
    leaks.code,
    leaks.events,
    case when coalesce(meters.aggregation, 'sum') in ('sum', 'count') then leaks.units end as units
from marts.revmatch_leaks as leaks
left join raw.meters as meters
    on
        meters.organization_id = leaks.organization_id
        and meters.meter_id = leaks.item
where
    leaks.organization_id in (
        select organization_id from raw.organizations
        where source_name = any(%(sources)s)
    )
    and leaks.code in ('U1', 'U2', 'U3', 'U4', 'U8', 'U9')
    and (%(months)s::date[] is null or leaks.billing_month = any(%(months)s::date[]))
