select
    organization_id,
    account_id,
    event_name,
    -- Empty where no meter counts the events: a key has no null in it.
    coalesce(meter_id, '') as meter_id,
    outcome,
    billing_month,
    events,
    units,
    first_event_at,
    last_event_at
from {{ source('lake', 'unclaimed_usage') }}
