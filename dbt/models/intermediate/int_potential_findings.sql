{#- Usage that no item claims: docs/definitions.md#usage-no-item-claims. Outside the ladder and all of its sums. -#}
with
usage as (
    select
        organization_id,
        account_id,
        meter_id as item,
        case outcome when 'unmapped' then 'U5' when 'unpriced' then 'U6' else 'U7' end as code,
        billing_month,
        sum(events) as events,
        sum(units) as units,
        min(first_event_at) as first_event_at,
        max(last_event_at) as last_event_at
    from {{ ref('stg_unclaimed_usage') }}
    where
        {{ in_build_range('billing_month') }}
        and outcome in ('unmapped', 'unpriced', 'outside_subscription')
        and meter_id <> ''
    group by organization_id, account_id, item, code, billing_month
    union all
    -- What did not arrive at all belongs to nobody yet.
    select
        organization_id,
        '' as account_id,
        meter_id as item,
        'U11' as code,
        billing_month,
        round(sum(missing_events))::bigint as events,
        sum(missing_units) as units,
        min(gap_start) as first_event_at,
        max(gap_end) as last_event_at
    from {{ ref('stg_ingestion_gaps') }}
    where {{ in_build_range('billing_month') }}
    group by organization_id, item, billing_month
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

meters as (
    select * from {{ ref('stg_meters') }}
),

prices as (
    select * from {{ ref('stg_contract_prices') }}
),

plans as (
    select * from {{ ref('stg_plans') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

-- A source that tells of no account at all knows none of them; that is no finding about each.
customers as (
    select organization_id from accounts
    union
    select organization_id from subscriptions
),

owed as (
    select
        usage.*,
        accounts.currency as account_currency,
        meters.aggregation,
        row_number() over (
            order by usage.organization_id, usage.account_id, usage.item, usage.code, usage.billing_month
        ) as usage_number
    from usage
    left join customers
        on customers.organization_id = usage.organization_id
    left join accounts
        on
            accounts.organization_id = usage.organization_id
            and accounts.account_id = usage.account_id
    left join meters
        on
            meters.organization_id = usage.organization_id
            and meters.meter_id = usage.item
    where
        not coalesce(accounts.is_internal, false)
        and (customers.organization_id is not null or usage.code = 'U11')
),

-- The subscription that was in service nearest to the usage: the shortest time between the two, then the later one.
nearest as (
    select distinct on (owed.usage_number)
        owed.usage_number,
        subscriptions.subscription_id,
        subscriptions.plan_id,
        subscriptions.ended_at,
        subscriptions.pause_start,
        coalesce(subscriptions.pause_end, 'infinity'::timestamptz) as pause_end
    from owed
    inner join subscriptions
        on
            subscriptions.organization_id = owed.organization_id
            and subscriptions.account_id = owed.account_id
    where owed.code = 'U7'
    order by
        owed.usage_number asc,
        greatest(
            subscriptions.started_at - owed.last_event_at,
            owed.first_event_at - coalesce(subscriptions.ended_at, 'infinity'::timestamptz),
            interval '0'
        ) asc,
        subscriptions.started_at desc,
        subscriptions.subscription_id asc
),

-- The list price is the plan's; of U5, U6 and U11 nobody knows the plan: any plan's counts, if there is but one price.
candidates as (
    select
        owed.usage_number,
        prices.price_id,
        prices.currency
    from owed
    left join nearest
        on nearest.usage_number = owed.usage_number
    inner join prices
        on
            prices.organization_id = owed.organization_id
            and prices.item = owed.item
            and prices.valid_from <= owed.first_event_at
            and prices.valid_to > owed.first_event_at
    where
        prices.plan_id is not null
        and (owed.code <> 'U7' or prices.plan_id = nearest.plan_id)
        and (owed.account_currency is null or prices.currency = owed.account_currency)
),

list_prices as (
    select
        usage_number,
        min(price_id) as price_id,
        min(currency) as currency
    from candidates
    group by usage_number
    having count(*) = 1
),

-- The contract says that it is owed: a price of the subscription itself that states to hold after the end, or that was
-- made in the pause. One that merely has no end says nothing about a time without service.
agreed_prices as (
    select
        owed.usage_number,
        min(prices.price_id) as price_id,
        min(prices.currency) as currency
    from owed
    inner join nearest
        on nearest.usage_number = owed.usage_number
    inner join prices
        on
            prices.organization_id = owed.organization_id
            and prices.subscription_id = nearest.subscription_id
            and prices.item = owed.item
            and prices.valid_from <= owed.first_event_at
            and prices.valid_to > owed.last_event_at
    where
        (
            owed.first_event_at >= nearest.ended_at
            and (prices.valid_to < 'infinity' or prices.valid_from >= nearest.ended_at)
        )
        or (
            owed.first_event_at >= nearest.pause_start
            and owed.last_event_at < nearest.pause_end
            and prices.valid_from >= nearest.pause_start
        )
    group by owed.usage_number
    having count(*) = 1
),

priced as (
    select
        owed.*,
        coalesce(nearest.subscription_id, '') as subscription_id,
        agreed_prices.price_id is not null as is_agreed,
        coalesce(agreed_prices.price_id, list_prices.price_id) as price_id,
        -- XXX is the ISO 4217 code for no currency.
        coalesce(agreed_prices.currency, list_prices.currency, owed.account_currency, plans.currency, 'XXX')
            as currency,
        currencies.minor_unit
    from owed
    left join nearest
        on nearest.usage_number = owed.usage_number
    left join plans
        on
            plans.organization_id = owed.organization_id
            and plans.plan_id = nearest.plan_id
    -- Only what adds up can be priced as one quantity: the sum of a maximum's events is no maximum.
    left join list_prices
        on
            list_prices.usage_number = owed.usage_number
            and owed.aggregation in ('sum', 'count')
    left join agreed_prices
        on
            agreed_prices.usage_number = owed.usage_number
            and owed.aggregation in ('sum', 'count')
    left join currencies
        on currencies.currency = coalesce(agreed_prices.currency, list_prices.currency)
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        billing_month::timestamp at time zone 'UTC' as period_start,
        currency,
        code,
        (billing_month + interval '1 month') at time zone 'UTC' as period_end,
        billing_month,
        price_id,
        case when is_agreed then 'confirmed' else 'potential' end as certainty,
        events::bigint as events,
        units::numeric(38, 12) as units,
        -- At list price less the price of nothing: a flat that is owed for having the plan is not the usage's.
        coalesce(
            {{ rate('contract', 'priced.price_id', 'priced.units', 'priced') }}
            - case
                when is_agreed then 0
                else {{ rate('contract', 'priced.price_id', '0', 'priced') }}
            end,
            0
        )::numeric(38, 12) as leak_amount,
        first_event_at,
        last_event_at
    from priced
)

select * from final
