-- The periods whose events can be counted without knowing any rule: of an account with one subscription at that time, and
-- of meters of which no usage in those months is claimed by no period. Where else an event belongs is a question of rules.
with alone as (
    select periods.*
    from periods
    anti join subscriptions
        on
            subscriptions.organization_id = periods.organization_id
            and subscriptions.account_id = periods.account_id
            and subscriptions.subscription_id <> periods.subscription_id
            and subscriptions.started_at < periods.period_end
            and coalesce(subscriptions.ended_at > periods.period_start, true)
)

select
    alone.organization_id,
    alone.account_id,
    alone.subscription_id,
    alone.meter_id,
    alone.billing_month,
    alone.period_start,
    alone.period_end
from alone
anti join unclaimed
    on
        unclaimed.organization_id = alone.organization_id
        and unclaimed.account_id = alone.account_id
        and unclaimed.meter_id = alone.meter_id
        and unclaimed.billing_month >= date_trunc('month', alone.period_start)
        and unclaimed.billing_month < alone.period_end
