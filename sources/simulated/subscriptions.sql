select
    organization_id,
    subscription_id,
    account_id,
    plan_id,
    status,
    started_at,
    ended_at,
    canceled_at,
    cancel_reason,
    anchor_day,
    time_zone
from read_parquet(:data_dir || '/subscriptions.parquet')
