select
    organization_id,
    subscription_id,
    account_id,
    plan_id,
    status,
    started_at,
    ended_at,
    trial_end,
    canceled_at,
    cancel_reason,
    anchor_day,
    time_zone,
    pause_start,
    pause_end
from read_parquet(:data_dir || '/subscriptions.parquet')
