-- The trials that overlap the window of the run. One that outlives its subscription ends with it.
select
    subscriptions.organization_id,
    subscriptions.account_id,
    subscriptions.subscription_id,
    subscriptions.plan_id,
    subscriptions.started_at as trial_start,
    least(subscriptions.trial_end, subscriptions.ended_at) as trial_end
from subscriptions
cross join run
where
    subscriptions.started_at < subscriptions.trial_end
    and subscriptions.started_at < run.window_end
    and least(subscriptions.trial_end, subscriptions.ended_at) > run.window_start
