select
    organization_id,
    account_id,
    meter_id,
    usage_date,
    billing_month as month,
    events
from {{ source('lake', 'usage_daily') }}
