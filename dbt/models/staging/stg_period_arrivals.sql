select
    organization_id,
    account_id,
    subscription_id,
    meter_id,
    period_start,
    period_end,
    billing_month,
    late_events,
    units_in_time,
    units_received_last,
    first_event_at,
    last_event_at
from {{ source('lake', 'period_arrivals') }}
