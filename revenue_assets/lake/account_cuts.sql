-- Where anything about an account's claims changes inside the window of the run: a period or a price of one of its
-- subscriptions begins or ends. And where a trial does and at the start of the month, so that usage nobody claims can
-- be told by reason and by month. An account that is cut at all is cut at the start of the window: its segments must
-- leave no event out.
with price_bounds as (
    select
        meter_prices.organization_id,
        meter_prices.plan_id,
        meter_prices.subscription_id,
        unnest([meter_prices.valid_from, meter_prices.valid_to]) as cut_at
    from meter_prices
),

price_bounds_inside as (
    select distinct
        price_bounds.organization_id,
        price_bounds.plan_id,
        price_bounds.subscription_id,
        price_bounds.cut_at
    from price_bounds
    cross join run
    where price_bounds.cut_at > run.window_start and price_bounds.cut_at < run.window_end
),

cuts as (
    select
        calendar.organization_id,
        calendar.account_id,
        unnest([run.window_start, run.month_start, calendar.period_start, calendar.period_end]) as cut_at
    from calendar
    cross join run
    union all
    select
        trials.organization_id,
        trials.account_id,
        unnest([run.window_start, run.month_start, trials.trial_start, trials.trial_end]) as cut_at
    from trials
    cross join run
    union all
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        unnest([run.window_start, run.month_start, price_bounds_inside.cut_at]) as cut_at
    from price_bounds_inside
    inner join subscriptions
        on
            price_bounds_inside.organization_id = subscriptions.organization_id
            and price_bounds_inside.subscription_id = subscriptions.subscription_id
    cross join run
    union all
    select
        subscriptions.organization_id,
        subscriptions.account_id,
        unnest([run.window_start, run.month_start, price_bounds_inside.cut_at]) as cut_at
    from price_bounds_inside
    inner join subscriptions
        on
            price_bounds_inside.organization_id = subscriptions.organization_id
            and price_bounds_inside.plan_id = subscriptions.plan_id
    cross join run
)

select distinct
    cuts.organization_id,
    cuts.account_id,
    cuts.cut_at
from cuts
cross join run
where cuts.cut_at >= run.window_start and cuts.cut_at < run.window_end
