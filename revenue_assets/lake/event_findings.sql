-- The outcome of every claimed event that is not simply matched, compared on real ids; one row per event.
-- Quantities are in units of the meter. `units` is the change of quantity that the outcome explains: positive where
-- usage did not reach the meter, negative where the meter counted more than was used.
with usage as (
    select
        exceptions.*,
        -- Billing systems cut times to milliseconds or seconds: a report may carry any of these for the event.
        [
            exceptions.occurred_at,
            make_timestamptz(epoch_us(exceptions.occurred_at) // 1000 * 1000),
            make_timestamptz(epoch_us(exceptions.occurred_at) // 1000000 * 1000000)
        ] as reportable_times
    from exceptions
    where exceptions.side = 'usage'
),

reports as (
    select exceptions.*
    from exceptions
    where exceptions.side = 'reported'
),

-- Same id, same subscription, meter and period: the report of the event, whatever its time and units.
pairs_by_id as (
    select
        usage.organization_id,
        usage.event_id,
        reports.event_id as reported_event_id,
        reports.event_name as reported_event_name,
        reports.occurred_at as reported_at,
        reports.event_units as reported_event_units,
        reports.units as units_reported
    from usage
    inner join reports
        on
            usage.organization_id = reports.organization_id
            and usage.event_id = reports.event_id
            and usage.claim_id = reports.claim_id
    where usage.is_exceptional
),

unpaired_usage as (
    select usage.*
    from usage
    anti join pairs_by_id
        on
            usage.organization_id = pairs_by_id.organization_id
            and usage.event_id = pairs_by_id.event_id
    where usage.is_exceptional
),

unknown_reports as (
    select reports.*
    from reports
    anti join usage
        on
            reports.organization_id = usage.organization_id
            and reports.event_id = usage.event_id
),

-- A report under an unknown id is that of an unreported event with the same content: the n-th with the n-th. An event
-- that reports with differently cut times could claim waits for the finest.
report_times as (
    select distinct
        unknown_reports.claim_id,
        unknown_reports.event_name,
        unknown_reports.event_units,
        unknown_reports.occurred_at
    from unknown_reports
),

waiting_usage as (
    select
        unpaired_usage.claim_id,
        unpaired_usage.organization_id,
        unpaired_usage.event_name,
        unpaired_usage.event_units,
        unpaired_usage.event_id,
        max(report_times.occurred_at) as reported_at
    from unpaired_usage
    inner join report_times
        on
            unpaired_usage.claim_id = report_times.claim_id
            and unpaired_usage.event_name = report_times.event_name
            and unpaired_usage.event_units = report_times.event_units
            and list_contains(unpaired_usage.reportable_times, report_times.occurred_at)
    group by all
),

numbered_usage as (
    select
        waiting_usage.*,
        row_number() over (
            partition by
                waiting_usage.claim_id, waiting_usage.event_name, waiting_usage.event_units,
                waiting_usage.reported_at
            order by waiting_usage.event_id
        ) as nth
    from waiting_usage
),

numbered_reports as (
    select
        unknown_reports.*,
        row_number() over (
            partition by
                unknown_reports.claim_id, unknown_reports.event_name, unknown_reports.event_units,
                unknown_reports.occurred_at
            order by unknown_reports.event_id
        ) as nth
    from unknown_reports
),

pairs_by_content as (
    select
        numbered_usage.organization_id,
        numbered_usage.event_id,
        numbered_reports.event_id as reported_event_id,
        numbered_reports.event_name as reported_event_name,
        numbered_reports.occurred_at as reported_at,
        numbered_reports.event_units as reported_event_units,
        numbered_reports.units as units_reported
    from numbered_usage
    inner join numbered_reports
        on
            numbered_usage.claim_id = numbered_reports.claim_id
            and numbered_usage.event_name = numbered_reports.event_name
            and numbered_usage.event_units = numbered_reports.event_units
            and numbered_usage.reported_at = numbered_reports.occurred_at
            and numbered_usage.nth = numbered_reports.nth
),

pairs as (
    select pairs_by_id.*
    from pairs_by_id
    union all
    select pairs_by_content.*
    from pairs_by_content
),

paired_usage as (
    select
        usage.*,
        pairs.reported_event_id,
        pairs.reported_event_name,
        pairs.reported_at,
        pairs.reported_event_units,
        pairs.units_reported
    from usage
    inner join pairs
        on
            usage.organization_id = pairs.organization_id
            and usage.event_id = pairs.event_id
),

reported_ids as (
    select distinct
        reports.organization_id,
        reports.event_id
    from reports
),

-- Without a report, the last rejection tells. One that calls the event a duplicate says that it arrived, unless a
-- report says that it arrived as something else: then it is missing here.
without_report as (
    select
        unpaired_usage.*,
        rejections.error_code,
        case
            when rejections.event_id is null then 'unreported'
            when not rejections.is_delivered then 'rejected'
            when reported_ids.event_id is null then 'delivered'
            else 'unreported'
        end as outcome
    from unpaired_usage
    anti join pairs_by_content
        on
            unpaired_usage.organization_id = pairs_by_content.organization_id
            and unpaired_usage.event_id = pairs_by_content.event_id
    left join rejections
        on
            unpaired_usage.organization_id = rejections.organization_id
            and unpaired_usage.event_id = rejections.event_id
    left join reported_ids
        on
            unpaired_usage.organization_id = reported_ids.organization_id
            and unpaired_usage.event_id = reported_ids.event_id
),

-- What reached the meter already: the content of each reported event as it happened and, where its report says
-- something else, as it was reported.
reported_contents as (
    select
        usage.claim_id,
        usage.event_name,
        usage.event_units,
        unnest(usage.reportable_times) as reported_at
    from usage
    anti join without_report
        on
            usage.organization_id = without_report.organization_id
            and usage.event_id = without_report.event_id
            and without_report.outcome <> 'delivered'
    union
    select
        paired_usage.claim_id,
        paired_usage.reported_event_name as event_name,
        paired_usage.reported_event_units as event_units,
        paired_usage.reported_at
    from paired_usage
    where
        paired_usage.event_name <> paired_usage.reported_event_name
        or paired_usage.event_units <> paired_usage.reported_event_units
        or epoch_us(paired_usage.occurred_at) // 1000000 <> epoch_us(paired_usage.reported_at) // 1000000
),

surplus_reports as (
    select
        reports.*,
        unknown_reports.event_id is not null and reported_contents.event_name is not null as is_repeated
    from reports
    anti join pairs
        on
            reports.organization_id = pairs.organization_id
            and reports.event_id = pairs.reported_event_id
    left join unknown_reports
        on
            reports.organization_id = unknown_reports.organization_id
            and reports.event_id = unknown_reports.event_id
    left join reported_contents
        on
            reports.claim_id = reported_contents.claim_id
            and reports.event_name = reported_contents.event_name
            and reports.event_units = reported_contents.event_units
            and reports.occurred_at = reported_contents.reported_at
),

final as (
    -- What was delivered is no leak and has no code; it is written because no report counts it.
    select
        without_report.claim_id,
        case without_report.outcome when 'rejected' then 'U3' when 'unreported' then 'U1' end as code,
        without_report.outcome,
        without_report.error_code,
        without_report.event_id,
        without_report.event_name,
        without_report.occurred_at,
        without_report.units as units_actual,
        if(without_report.outcome = 'delivered', without_report.units, null) as units_reported,
        if(without_report.outcome = 'delivered', 0, without_report.units) as units
    from without_report
    union all
    select
        paired_usage.claim_id,
        'U2' as code,
        'quantity_differs' as outcome,
        null as error_code,
        paired_usage.event_id,
        paired_usage.event_name,
        paired_usage.occurred_at,
        paired_usage.units as units_actual,
        paired_usage.units_reported,
        paired_usage.units - paired_usage.units_reported as units
    from paired_usage
    where paired_usage.units <> paired_usage.units_reported
    union all
    -- Until as_of the source has told everything; usage of a later report may still come: no code, `pending`.
    select
        surplus_reports.claim_id,
        case
            when surplus_reports.is_repeated then 'U8'
            when surplus_reports.occurred_at < run.as_of then 'U9'
        end as code,
        case
            when surplus_reports.is_repeated then 'reported_twice'
            when surplus_reports.occurred_at < run.as_of then 'reported_without_usage'
            else 'pending'
        end as outcome,
        null as error_code,
        surplus_reports.event_id,
        surplus_reports.event_name,
        surplus_reports.occurred_at,
        null as units_actual,
        surplus_reports.units as units_reported,
        -surplus_reports.units as units
    from surplus_reports
    cross join run
)

select
    run.source_name,
    claims.organization_id,
    claims.account_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    claims.period_end,
    final.code,
    final.outcome,
    final.error_code,
    final.event_id,
    final.event_name,
    final.occurred_at,
    final.units_actual,
    final.units_reported,
    final.units
from final
inner join claims on final.claim_id = claims.claim_id
cross join run
order by claims.organization_id, claims.account_id, final.occurred_at, final.event_id, final.code
