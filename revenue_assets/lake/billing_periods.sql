-- The periods that are billed in the month of the run, the one that runs at as_of included, none that begins later.
select
    run.source_name,
    calendar.organization_id,
    calendar.account_id,
    calendar.subscription_id,
    calendar.plan_id,
    calendar.currency,
    calendar.period_start,
    calendar.period_end,
    calendar.days_in_service,
    calendar.days_in_period,
    calendar.seconds_in_service,
    calendar.seconds_in_period,
    calendar.fraction,
    calendar.billing_month
from calendar
cross join run
where
    calendar.billing_month = run.billing_month
    and calendar.period_start < run.as_of
order by calendar.organization_id, calendar.subscription_id, calendar.period_start
