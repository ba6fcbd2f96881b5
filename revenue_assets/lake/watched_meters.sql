-- Every meter with events in the month or the one before, and how many hours of the month could be judged.
select
    run.source_name,
    watched_rows.organization_id,
    watched_rows.meter_id,
    run.billing_month,
    watched_rows.events,
    watched_rows.weeks,
    watched_rows.hours,
    watched_rows.judged_hours,
    round(watched_rows.dispersion, 3)::decimal(38, 12) as dispersion,
    watched_rows.reason
from watched_rows
cross join run
