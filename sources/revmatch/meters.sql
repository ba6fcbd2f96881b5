-- Each event counts one on the meter of its own name.
select
    meter_id,
    listed.name,
    'event' as unit,
    'count' as aggregation
from (
    values
    ('api_call', 'API calls'),
    ('report_generation', 'Generated reports'),
    ('dashboard_view', 'Dashboard views'),
    ('subscription_billed', 'Billed subscriptions')
) as listed (meter_id, name)
