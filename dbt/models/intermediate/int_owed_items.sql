{{ config(materialized="view", post_hook=[]) }}

with
periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

usage as (
    select * from {{ ref('stg_period_usage') }}
    where {{ in_build_range('billing_month') }}
),

arrivals as (
    select * from {{ ref('stg_period_arrivals') }}
    where {{ in_build_range('billing_month') }}
),

prices_in_force as (
    select * from {{ ref('int_prices_in_force') }}
    where {{ in_build_range('billing_month') }}
),

contract_prices as (
    select * from {{ ref('stg_contract_prices') }}
),

-- One unit of every recurring fee, and each meter that was used.
final as (
    select
        periods.organization_id,
        periods.account_id,
        periods.subscription_id,
        'recurring' as item,
        periods.period_start,
        contract_prices.currency,
        periods.period_end,
        periods.billing_month,
        1::numeric as units_actual,
        1::numeric as units_less_rejected,
        1::numeric as units_less_unreported,
        1::numeric as units_requantified,
        1::numeric as units_less_overwritten,
        1::numeric as units_with_reported_twice,
        1::numeric as units_reported,
        1::numeric as units_in_time,
        null::bigint as events,
        null::timestamptz as first_event_at,
        null::timestamptz as last_event_at
    from periods
    inner join prices_in_force
        on
            prices_in_force.organization_id = periods.organization_id
            and prices_in_force.subscription_id = periods.subscription_id
            and prices_in_force.period_start = periods.period_start
            and prices_in_force.item = 'recurring'
    inner join contract_prices
        on
            contract_prices.organization_id = prices_in_force.organization_id
            and contract_prices.price_id = prices_in_force.contract_price_id
    union all
    select
        usage.organization_id,
        usage.account_id,
        usage.subscription_id,
        usage.meter_id as item,
        usage.period_start,
        coalesce(contract_prices.currency, periods.currency, '') as currency,
        usage.period_end,
        usage.billing_month,
        usage.units_actual,
        usage.units_less_rejected,
        usage.units_less_unreported,
        usage.units_requantified,
        usage.units_less_overwritten,
        usage.units_with_reported_twice,
        usage.units_reported,
        coalesce(arrivals.units_in_time, usage.units_reported) as units_in_time,
        coalesce(usage.events_reported, usage.events_actual) as events,
        usage.first_event_at,
        usage.last_event_at
    from usage
    left join arrivals
        on
            arrivals.organization_id = usage.organization_id
            and arrivals.subscription_id = usage.subscription_id
            and arrivals.period_start = usage.period_start
            and arrivals.meter_id = usage.meter_id
    left join periods
        on
            periods.organization_id = usage.organization_id
            and periods.subscription_id = usage.subscription_id
            and periods.period_start = usage.period_start
    left join prices_in_force
        on
            prices_in_force.organization_id = usage.organization_id
            and prices_in_force.subscription_id = usage.subscription_id
            and prices_in_force.period_start = usage.period_start
            and prices_in_force.item = usage.meter_id
    left join contract_prices
        on
            contract_prices.organization_id = prices_in_force.organization_id
            and contract_prices.price_id = prices_in_force.contract_price_id
)

select * from final
