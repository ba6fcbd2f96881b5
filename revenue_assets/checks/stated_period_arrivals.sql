-- Reports that came too late, by period; their units are only part of what a late report changes and not compared.
select
    arrivals.organization_id,
    arrivals.subscription_id,
    arrivals.meter_id,
    arrivals.period_start,
    'U4' as code,
    arrivals.late_events as events,
    null::numeric as units
from lake.period_arrivals as arrivals
where
    arrivals.organization_id in (
        select organization_id from raw.organizations
        where source_name = any(%(sources)s)
    )
    and arrivals.late_events > 0
    and (%(months)s::date[] is null or arrivals.billing_month = any(%(months)s::date[]))
