select
    organization_id,
    meter_id,
    billing_month,
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
from {{ source('lake', 'ingestion_gaps') }}
