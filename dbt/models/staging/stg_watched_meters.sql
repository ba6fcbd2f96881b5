select
    organization_id,
    meter_id,
    billing_month,
    events,
    weeks,
    hours,
    judged_hours,
    dispersion,
    reason
from {{ source('lake', 'watched_meters') }}
