select
    organization_id,
    account_id,
    event_name,
    day,
    month,
    events
from {{ source('lake', 'engagement_daily') }}
