-- The events kept as evidence, added up by what a finding is about.
select
    evidence.organization_id,
    evidence.subscription_id,
    evidence.meter_id,
    evidence.period_start,
    evidence.code,
    count(*) as events,
    sum(evidence.units)::decimal(38, 12) as units
from evidence
where evidence.code is not null
group by
    evidence.organization_id,
    evidence.subscription_id,
    evidence.meter_id,
    evidence.period_start,
    evidence.code
