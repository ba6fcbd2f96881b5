-- The one place that decides which subscription, item, period and month a line belongs to.
-- Whether a line is claimed follows from the subscription's dates, never from the months that happen to be loaded:
-- else closing months in another order would give other tables.
with
lines as (
    select * from {{ ref('int_document_lines') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

prices_in_force as (
    select * from {{ ref('int_prices_in_force') }}
    where {{ in_build_range('billing_month') }}
),

-- Prices in another currency than their plan's: few or none, so that looking each line's up costs nothing.
other_prices as (
    select
        contract_prices.organization_id,
        contract_prices.price_id,
        contract_prices.currency
    from {{ ref('stg_contract_prices') }} as contract_prices
    left join subscriptions
        on
            subscriptions.organization_id = contract_prices.organization_id
            and subscriptions.subscription_id = contract_prices.subscription_id
    inner join {{ ref('stg_plans') }} as plans
        on
            plans.organization_id = contract_prices.organization_id
            and plans.plan_id = coalesce(contract_prices.plan_id, subscriptions.plan_id)
            and plans.currency <> contract_prices.currency
),

other_currencies as (
    select
        prices_in_force.organization_id,
        prices_in_force.subscription_id,
        prices_in_force.period_start,
        prices_in_force.item,
        other_prices.currency
    from prices_in_force
    inner join other_prices
        on
            other_prices.organization_id = prices_in_force.organization_id
            and other_prices.price_id = prices_in_force.contract_price_id
),

-- An invoice that names no subscription is of the account's only one that is served at the line's start.
only_subscriptions as (
    select
        lines.organization_id,
        lines.invoice_line_id,
        min(subscriptions.subscription_id) as subscription_id
    from lines
    inner join subscriptions
        on
            subscriptions.organization_id = lines.organization_id
            and subscriptions.account_id = lines.account_id
            and {{ is_served('subscriptions', 'lines.period_start') }}
    where lines.subscription_id is null
    group by
        lines.organization_id,
        lines.invoice_line_id
    having count(*) = 1
),

located as (
    select
        lines.organization_id,
        lines.invoice_line_id,
        lines.invoice_id,
        lines.account_id,
        coalesce(lines.subscription_id, only_subscriptions.subscription_id, '') as subscription_id,
        lines.item,
        lines.kind,
        lines.currency,
        lines.period_start as line_period_start,
        -- An end at or before the start says nothing about the month; the day of issue then decides.
        case
            when lines.period_end > lines.period_start then lines.period_end
            else greatest(lines.issued_at, lines.period_start) + interval '1 microsecond'
        end as line_period_end,
        lines.status,
        lines.issued_at,
        lines.is_documented,
        lines.is_standing,
        lines.is_pre_tax,
        lines.units,
        lines.amount
    from lines
    left join only_subscriptions
        on
            only_subscriptions.organization_id = lines.organization_id
            and only_subscriptions.invoice_line_id = lines.invoice_line_id
),

placed as (
    select
        located.*,
        coalesce({{ is_served('subscriptions', 'located.line_period_start') }}, false) as is_claimed,
        coalesce(located.line_period_start >= subscriptions.ended_at, false) as is_after_end
    from located
    left join subscriptions
        on
            subscriptions.organization_id = located.organization_id
            and subscriptions.subscription_id = located.subscription_id
            and subscriptions.account_id = located.account_id
),

claimed as (
    select
        placed.*,
        coalesce(other_currencies.currency, periods.currency, placed.currency) as contract_currency,
        periods.period_start,
        periods.period_end,
        periods.billing_month
    from placed
    inner join periods
        on
            periods.organization_id = placed.organization_id
            and periods.subscription_id = placed.subscription_id
            and placed.line_period_start >= periods.period_start
            and placed.line_period_start < periods.period_end
    left join other_currencies
        on
            other_currencies.organization_id = periods.organization_id
            and other_currencies.subscription_id = periods.subscription_id
            and other_currencies.period_start = periods.period_start
            and other_currencies.item = placed.item
    where placed.is_claimed
),

-- Lines that start together are one period, the longest, so that none of its rows falls into another month.
unclaimed as (
    select
        placed.*,
        placed.currency as contract_currency,
        placed.line_period_start as period_start,
        max(placed.line_period_end) over start_of_lines as period_end,
        {{ month_before('max(placed.line_period_end) over start_of_lines') }} as billing_month
    from placed
    where not placed.is_claimed
    window start_of_lines as (
        partition by
            placed.organization_id, placed.account_id, placed.subscription_id, placed.line_period_start
    )
),

final as (
    select * from claimed
    union all
    select * from unclaimed
    where {{ in_build_range('billing_month') }}
)

select
    organization_id,
    invoice_line_id,
    invoice_id,
    account_id,
    subscription_id,
    item,
    kind,
    currency,
    contract_currency,
    period_start,
    period_end,
    line_period_start,
    line_period_end,
    billing_month,
    is_claimed,
    is_after_end,
    status,
    issued_at,
    is_documented,
    is_standing,
    is_pre_tax,
    units,
    amount
from final
