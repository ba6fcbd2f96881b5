-- The exceptional events of both sides, few enough to be looked at one by one, and the usage that exceptional reports
-- may repeat: same account, event name, units and second.
with repeated_usage as (
    select exceptional_usage.*
    from exceptional_usage
    semi join exceptional_reports
        on
            exceptional_usage.organization_id = exceptional_reports.organization_id
            and exceptional_usage.account_id = exceptional_reports.account_id
            and exceptional_usage.event_name = exceptional_reports.event_name
            and exceptional_usage.units = exceptional_reports.units
            and epoch_us(exceptional_usage.occurred_at) // 1000000
            = epoch_us(exceptional_reports.occurred_at) // 1000000
    where not exceptional_usage.is_exceptional
),

usage as (
    select exceptional_usage.*
    from exceptional_usage
    where exceptional_usage.is_exceptional
    union all
    select repeated_usage.*
    from repeated_usage
)

select
    usage.side,
    usage.month,
    usage.organization_id,
    usage.event_id,
    usage.account_id,
    usage.event_name,
    usage.occurred_at,
    usage.units,
    null::varchar as properties
from usage
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
