-- A row is an event kept as evidence that the raw files of its side do not have: usage of what was lost on its way,
-- reports of what was counted too often, too late or without usage.
with of_reports as (
    select
        evidence.organization_id,
        evidence.account_id,
        evidence.event_id,
        evidence.outcome,
        evidence.outcome in ('reported_twice', 'reported_without_usage', 'pending', 'late') as is_report
    from evidence
),

missing_usage as (
    select of_reports.*
    from of_reports
    anti join usage_events
        on
            usage_events.organization_id = of_reports.organization_id
            and usage_events.event_id = of_reports.event_id
    where not of_reports.is_report
),

missing_reports as (
    select of_reports.*
    from of_reports
    anti join reported_events
        on
            reported_events.organization_id = of_reports.organization_id
            and reported_events.event_id = of_reports.event_id
    where of_reports.is_report
),

missing as (
    select missing_usage.*
    from missing_usage
    union all
    select missing_reports.*
    from missing_reports
)

select
    missing.organization_id,
    missing.account_id,
    missing.event_id,
    missing.outcome
from missing
order by missing.organization_id, missing.account_id, missing.event_id
