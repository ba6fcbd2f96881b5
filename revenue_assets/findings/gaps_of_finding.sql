-- The gaps behind a finding about usage that never arrived.
select
    gap_start,
    gap_end,
    hours,
    events,
    expected_events,
    missing_events,
    missing_events_low,
    missing_events_high,
    missing_units,
    missing_units_low,
    missing_units_high
from lake.ingestion_gaps
where
    organization_id = %(organization_id)s
    and meter_id = %(item)s
    and billing_month = %(billing_month)s
order by gap_start
