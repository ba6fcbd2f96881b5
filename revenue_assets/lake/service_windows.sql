-- When each subscription serves its customer inside the window of the run: one row per subscription and unbroken time
-- in service, at most two, before and after its pause, both after its trial (docs/definitions.md#trials-and-pauses).
-- A pause without an end lasts; one that ends as it starts, or that has no start, is none.
-- `paused_at` is the end of the time in service before, which may have counted the same day already.
with terms as (
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        subscriptions.subscription_id,
        subscriptions.plan_id,
        coalesce(plans.currency, accounts.currency) as currency,
        subscriptions.started_at,
        if(subscriptions.trial_end > subscriptions.started_at, subscriptions.trial_end, null) as trial_end,
        subscriptions.anchor_day,
        coalesce(subscriptions.time_zone, 'UTC') as time_zone,
        if(plans.billing_interval = 'year', 12, 1) as interval_months,
        greatest(subscriptions.started_at, subscriptions.trial_end) as served_from,
        subscriptions.ended_at as served_until,
        if(subscriptions.pause_end <= subscriptions.pause_start, null, subscriptions.pause_start) as pause_start,
        subscriptions.pause_end
    from subscriptions
    left join plans
        on
            subscriptions.organization_id = plans.organization_id
            and subscriptions.plan_id = plans.plan_id
    left join accounts
        on
            subscriptions.organization_id = accounts.organization_id
            and subscriptions.account_id = accounts.account_id
    cross join run
    where
        subscriptions.started_at < run.window_end
        and coalesce(subscriptions.ended_at > run.window_start, true)
),

windows as (
    select
        terms.*,
        terms.served_from as service_start,
        least(terms.pause_start, terms.served_until) as service_end,
        null::timestamptz as paused_at
    from terms
    union all
    select
        terms.*,
        greatest(terms.served_from, terms.pause_end) as service_start,
        terms.served_until as service_end,
        if(terms.pause_start > terms.served_from, terms.pause_start, null) as paused_at
    from terms
    where terms.pause_start is not null and terms.pause_end is not null
)

select
    windows.organization_id,
    windows.account_id,
    windows.subscription_id,
    windows.plan_id,
    windows.currency,
    windows.started_at,
    windows.trial_end,
    windows.anchor_day,
    windows.time_zone,
    windows.interval_months,
    windows.service_start,
    windows.service_end,
    windows.paused_at
from windows
cross join run
where
    windows.service_start < run.window_end
    and coalesce(windows.service_end > run.window_start, true)
    and coalesce(windows.service_end > windows.service_start, true)
