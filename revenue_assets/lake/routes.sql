-- Which subscription and period claims the events of an account, meter and segment, or why none does.
-- One row per request. Ties between subscriptions: the one that started first, then the lower id.
with known_accounts as (
    select
        accounts.organization_id,
        accounts.account_id
    from accounts
    union
    select
        subscriptions.organization_id,
        subscriptions.account_id
    from subscriptions
),

in_service as (
    select
        route_requests.organization_id,
        route_requests.account_id,
        route_requests.meter_id,
        route_requests.segment_start,
        calendar.subscription_id,
        calendar.started_at,
        calendar.period_start,
        calendar.period_end,
        calendar.billing_month
    from route_requests
    inner join calendar
        on
            route_requests.organization_id = calendar.organization_id
            and route_requests.account_id = calendar.account_id
            and calendar.period_start <= route_requests.segment_start
            and calendar.period_end > route_requests.segment_start
),

in_service_and_priced as (
    select in_service.*
    from in_service
    cross join run
    where
        in_service.meter_id is not null
        and (
            not run.has_prices
            or exists (
                select 1
                from subscription_meters
                where
                    subscription_meters.organization_id = in_service.organization_id
                    and subscription_meters.subscription_id = in_service.subscription_id
                    and subscription_meters.meter_id = in_service.meter_id
                    and subscription_meters.valid_from <= in_service.segment_start
                    and subscription_meters.valid_to > in_service.segment_start
            )
        )
),

claims as (
    select in_service_and_priced.*
    from in_service_and_priced
    qualify
        row_number() over (
            partition by
                in_service_and_priced.organization_id,
                in_service_and_priced.account_id,
                in_service_and_priced.meter_id,
                in_service_and_priced.segment_start
            order by in_service_and_priced.started_at, in_service_and_priced.subscription_id
        ) = 1
),

served_accounts as (
    select distinct
        in_service.organization_id,
        in_service.account_id,
        in_service.segment_start
    from in_service
),

priced_meters as (
    select distinct
        route_requests.organization_id,
        route_requests.account_id,
        route_requests.meter_id,
        route_requests.segment_start
    from route_requests
    inner join subscription_meters
        on
            route_requests.organization_id = subscription_meters.organization_id
            and route_requests.account_id = subscription_meters.account_id
            and route_requests.meter_id = subscription_meters.meter_id
            and subscription_meters.valid_from <= route_requests.segment_start
            and subscription_meters.valid_to > route_requests.segment_start
)

select
    route_requests.organization_id,
    route_requests.account_id,
    route_requests.meter_id,
    route_requests.segment_start,
    case
        when claims.subscription_id is not null and claims.period_start >= run.as_of then 'pending'
        when claims.subscription_id is not null then 'claimed'
        when route_requests.meter_id is null or known_accounts.account_id is null then 'unmapped'
        when served_accounts.account_id is not null and priced_meters.account_id is null then 'unpriced'
        else 'outside_subscription'
    end as outcome,
    claims.subscription_id,
    claims.period_start,
    claims.period_end,
    claims.billing_month
from route_requests
cross join run
left join claims
    on
        route_requests.organization_id = claims.organization_id
        and route_requests.account_id = claims.account_id
        and route_requests.meter_id = claims.meter_id
        and route_requests.segment_start = claims.segment_start
left join known_accounts
    on
        route_requests.organization_id = known_accounts.organization_id
        and route_requests.account_id = known_accounts.account_id
left join served_accounts
    on
        route_requests.organization_id = served_accounts.organization_id
        and route_requests.account_id = served_accounts.account_id
        and route_requests.segment_start = served_accounts.segment_start
left join priced_meters
    on
        route_requests.organization_id = priced_meters.organization_id
        and route_requests.account_id = priced_meters.account_id
        and route_requests.meter_id = priced_meters.meter_id
        and route_requests.segment_start = priced_meters.segment_start
