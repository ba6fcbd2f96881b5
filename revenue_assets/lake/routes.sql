-- Which subscription and period claims the events of a segment and meter, or why none does: one row per segment and
-- meter that occurs. Of several subscriptions the one that started first claims them, then the lower id.
-- `claim_id` is one number for period and meter.
with requests as (
    select distinct
        routable_rows.segment_id,
        routable_rows.meter_number
    from routable_rows
    where routable_rows.segment_id is not null and routable_rows.meter_number is not null
),

meters_by_number as (
    select distinct
        mappings_in_force.meter_number,
        mappings_in_force.meter_id
    from mappings_in_force
),

in_service as (
    select
        requests.segment_id,
        requests.meter_number,
        meters_by_number.meter_id,
        segment_periods.segment_start,
        segment_periods.period_id,
        segment_periods.is_billed_in_month,
        calendar.organization_id,
        calendar.subscription_id,
        calendar.plan_id,
        calendar.started_at,
        calendar.period_start
    from requests
    inner join meters_by_number on requests.meter_number = meters_by_number.meter_number
    inner join segment_periods on requests.segment_id = segment_periods.segment_id
    inner join calendar on segment_periods.period_id = calendar.period_id
),

in_service_and_priced as (
    select in_service.*
    from in_service
    semi join meter_prices
        on
            in_service.organization_id = meter_prices.organization_id
            and in_service.plan_id = meter_prices.plan_id
            and in_service.meter_id = meter_prices.meter_id
            and in_service.segment_start >= meter_prices.valid_from
            and in_service.segment_start < meter_prices.valid_to
    union all
    select in_service.*
    from in_service
    semi join meter_prices
        on
            in_service.organization_id = meter_prices.organization_id
            and in_service.subscription_id = meter_prices.subscription_id
            and in_service.meter_id = meter_prices.meter_id
            and in_service.segment_start >= meter_prices.valid_from
            and in_service.segment_start < meter_prices.valid_to
    union all
    select in_service.*
    from in_service
    cross join run
    where not run.has_prices
),

claimed as (
    select
        in_service_and_priced.segment_id,
        in_service_and_priced.meter_number,
        in_service_and_priced.period_id,
        in_service_and_priced.is_billed_in_month,
        in_service_and_priced.period_start
    from in_service_and_priced
    qualify
        row_number() over (
            partition by in_service_and_priced.segment_id, in_service_and_priced.meter_number
            order by in_service_and_priced.started_at, in_service_and_priced.subscription_id
        ) = 1
),

unclaimed as (
    select
        requests.segment_id,
        requests.meter_number,
        account_segments.organization_id,
        account_segments.account_id,
        account_segments.segment_start,
        meters_by_number.meter_id
    from requests
    inner join account_segments on requests.segment_id = account_segments.segment_id
    inner join meters_by_number on requests.meter_number = meters_by_number.meter_number
    anti join claimed
        on
            requests.segment_id = claimed.segment_id
            and requests.meter_number = claimed.meter_number
),

-- Priced by a subscription of the account that is not in service: then it is the service that is missing.
priced_out_of_service as (
    select distinct
        unclaimed.segment_id,
        unclaimed.meter_number
    from unclaimed
    inner join subscriptions
        on
            unclaimed.organization_id = subscriptions.organization_id
            and unclaimed.account_id = subscriptions.account_id
    inner join meter_prices
        on
            unclaimed.organization_id = meter_prices.organization_id
            and unclaimed.meter_id = meter_prices.meter_id
            and unclaimed.segment_start >= meter_prices.valid_from
            and unclaimed.segment_start < meter_prices.valid_to
            and (
                meter_prices.subscription_id = subscriptions.subscription_id
                or meter_prices.plan_id = subscriptions.plan_id
            )
),

served as (
    select distinct segment_periods.segment_id
    from segment_periods
),

in_trial as (
    select
        unclaimed.segment_id,
        unclaimed.meter_number,
        coalesce(bool_or(meter_prices.meter_id is not null), false) as is_priced
    from unclaimed
    inner join trials
        on
            unclaimed.organization_id = trials.organization_id
            and unclaimed.account_id = trials.account_id
            and unclaimed.segment_start >= trials.trial_start
            and unclaimed.segment_start < trials.trial_end
    left join meter_prices
        on
            unclaimed.organization_id = meter_prices.organization_id
            and unclaimed.meter_id = meter_prices.meter_id
            and unclaimed.segment_start >= meter_prices.valid_from
            and unclaimed.segment_start < meter_prices.valid_to
            and (
                meter_prices.subscription_id = trials.subscription_id
                or meter_prices.plan_id = trials.plan_id
            )
    group by
        unclaimed.segment_id,
        unclaimed.meter_number
)

select
    claimed.segment_id,
    claimed.meter_number,
    if(claimed.period_start >= run.as_of, 'pending', 'claimed') as outcome,
    claimed.is_billed_in_month,
    claimed.period_id,
    claimed.period_id::bigint * 1048576 + claimed.meter_number as claim_id
from claimed
cross join run
union all
select
    unclaimed.segment_id,
    unclaimed.meter_number,
    -- A trial takes the meters of its plan; all others too, if nothing of the account is in service.
    case
        when in_trial.is_priced or (in_trial.segment_id is not null and served.segment_id is null) then 'trial'
        when served.segment_id is not null and priced_out_of_service.segment_id is null then 'unpriced'
        else 'outside_subscription'
    end as outcome,
    false as is_billed_in_month,
    null as period_id,
    null as claim_id
from unclaimed
left join served on unclaimed.segment_id = served.segment_id
left join priced_out_of_service
    on
        unclaimed.segment_id = priced_out_of_service.segment_id
        and unclaimed.meter_number = priced_out_of_service.meter_number
left join in_trial
    on
        unclaimed.segment_id = in_trial.segment_id
        and unclaimed.meter_number = in_trial.meter_number
