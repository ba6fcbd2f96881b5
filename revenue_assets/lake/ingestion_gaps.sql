-- The gaps of the month as they are kept. What is expected is an estimate: three decimals are more than it knows.
select
    run.source_name,
    gap_rows.organization_id,
    gap_rows.meter_id,
    run.billing_month,
    gap_rows.gap_start,
    gap_rows.gap_end,
    gap_rows.hours,
    gap_rows.events,
    round(gap_rows.expected_events, 3)::decimal(38, 12) as expected_events,
    round(gap_rows.missing_events, 3)::decimal(38, 12) as missing_events,
    round(gap_rows.missing_events_low, 3)::decimal(38, 12) as missing_events_low,
    round(gap_rows.missing_events_high, 3)::decimal(38, 12) as missing_events_high,
    round(gap_rows.missing_units, 3)::decimal(38, 12) as missing_units,
    round(gap_rows.missing_units_low, 3)::decimal(38, 12) as missing_units_low,
    round(gap_rows.missing_units_high, 3)::decimal(38, 12) as missing_units_high
from gap_rows
cross join run
