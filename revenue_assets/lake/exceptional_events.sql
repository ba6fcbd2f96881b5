-- The exceptional events of both sides, few enough to be looked at one by one.
select
    exceptional_usage.side,
    exceptional_usage.month,
    exceptional_usage.organization_id,
    exceptional_usage.event_id,
    exceptional_usage.account_id,
    exceptional_usage.event_name,
    exceptional_usage.occurred_at,
    exceptional_usage.units,
    null::varchar as properties
from exceptional_usage
union all
select
    exceptional_reports.side,
    exceptional_reports.month,
    exceptional_reports.organization_id,
    exceptional_reports.event_id,
    exceptional_reports.account_id,
    exceptional_reports.event_name,
    exceptional_reports.occurred_at,
    exceptional_reports.units,
    null as properties
from exceptional_reports
