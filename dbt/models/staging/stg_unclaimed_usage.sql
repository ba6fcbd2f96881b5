select
    organization_id,
    account_id,
    event_name,
    meter_id,
    outcome,
    billing_month,
    events,
    units,
    first_event_at,
    last_event_at
from {{ source('lake', 'unclaimed_usage') }}
