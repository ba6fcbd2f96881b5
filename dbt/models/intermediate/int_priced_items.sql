{{ config(materialized="view", post_hook=[]) }}
{#- Of a percentage the lake has rated the events of each step. -#}
{%- set event_amounts = {
    "entitled": "actual_amount",
    "less_rejected": "less_rejected_amount",
    "less_unreported": "less_unreported_amount",
    "requantified": "requantified_amount",
    "less_overwritten": "requantified_amount",
    "with_reported_twice": "with_reported_twice_amount",
    "metered": "reported_amount",
    "in_time": "in_time_amount",
} -%}

with
items as (
    select * from {{ ref('int_items') }}
    where {{ in_build_range('billing_month') }}
),

-- Of a whole period every share is one.
partial_periods as (
    select * from {{ ref('stg_billing_periods') }}
    where
        {{ in_build_range('billing_month') }}
        and (days_in_service <> days_in_period or seconds_in_service <> seconds_in_period)
),

prices_in_force as (
    select * from {{ ref('int_prices_in_force') }}
    where {{ in_build_range('billing_month') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

internal_accounts as (
    select * from {{ ref('stg_accounts') }}
    where is_internal
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

contract as (
    select * from {{ ref('int_prices') }}
    where side = 'contract'
),

billing as (
    select * from {{ ref('int_prices') }}
    where side = 'billing'
),

-- Of the percentages that the lake has rated, the one in force on each side.
event_amounts as (
    select
        prices.organization_id,
        prices.subscription_id,
        prices.period_start,
        prices.item,
        {% for rung, amount in event_amounts.items() -%}
            max(amounts.{{ amount }}) filter (where amounts.side = 'contract') as {{ rung }}_event_amount,
        {% endfor -%}
        max(amounts.reported_amount) filter (where amounts.side = 'billing') as billing_event_amount
    from {{ ref('int_prices_in_force') }} as prices
    inner join {{ ref('stg_period_amounts') }} as amounts
        on
            amounts.organization_id = prices.organization_id
            and amounts.subscription_id = prices.subscription_id
            and amounts.period_start = prices.period_start
            and amounts.meter_id = prices.item
            and amounts.price_id
            = case amounts.side when 'contract' then prices.contract_price_id else prices.billing_price_id end
    where
        {{ in_build_range('prices.billing_month') }}
        and {{ in_build_range('amounts.billing_month') }}
    group by
        prices.organization_id,
        prices.subscription_id,
        prices.period_start,
        prices.item
)

-- A price counts in its own currency only; where billing has none attached, it charges the contract's.
select
    rating.fence() as fence,
    items.*, -- noqa: AM04
    currencies.minor_unit,
    contract.piece_ends as contract_piece_ends,
    contract.piece_terms as contract_piece_terms,
    billing.piece_ends as billing_piece_ends,
    billing.piece_terms as billing_piece_terms,
    contract.price_id as contract_price_id,
    coalesce(billing.price_id, contract.price_id) as billing_price_id,
    -- Internal accounts owe nothing, and nobody owes what has no price in the contract.
    contract.price_id is null or internal_accounts.account_id is not null as is_free,
    billing.price_id is null or billing.price_shape = contract.price_shape as is_billed_as_signed,
    contract.charge_model = 'percentage' as is_by_event,
    billing.charge_model = 'percentage' as is_billed_by_event,
    {% for rung in event_amounts -%}
        event_amounts.{{ rung }}_event_amount,
    {% endfor -%}
    event_amounts.billing_event_amount,
    case when items.item = 'recurring' then {{ prorate('contract', 'partial_periods', 'currencies.minor_unit') }} end
        as contract_fee,
    case
        when items.item <> 'recurring' then null
        when billing.price_id is null then {{ prorate('contract', 'partial_periods', 'currencies.minor_unit') }}
        else {{ prorate('billing', 'partial_periods', 'currencies.minor_unit') }}
    end as billing_fee,
    case
        when items.item <> 'recurring'
            then round({{ rate_in_place('items.units_actual', 'contract') }}, currencies.minor_unit)
        when items.units_actual > 0 then {{ prorate('contract', 'partial_periods', 'currencies.minor_unit') }}
        else 0
    end as actual_amount,
    case
        when not items.is_claimed or internal_accounts.account_id is not null then null
        when not organizations.has_contract then 'no_contract_delivered'
        when contract.price_id is null and items.is_owed then 'no_price_in_force'
        when contract.price_id is null then null
        when prices_in_force.is_ambiguous then 'several_prices_in_force'
        when items.item <> 'recurring' and not organizations.has_usage then 'no_usage_delivered'
        when currencies.minor_unit is null then 'unknown_currency'
        when
            items.item = 'recurring' and (contract.charge_model <> 'flat' or billing.charge_model <> 'flat')
            then 'charge_model_not_rated'
        -- A lake that was closed before events were rated has no amounts of them.
        when
            items.is_owed
            and (
                (contract.charge_model = 'percentage' and event_amounts.entitled_event_amount is null)
                or (billing.charge_model = 'percentage' and event_amounts.billing_event_amount is null)
            )
            then 'charge_model_not_rated'
        -- A price without pieces lacks the terms that its charge model needs.
        when
            (contract.charge_model <> 'percentage' and contract.piece_ends is null)
            or (billing.charge_model <> 'percentage' and billing.piece_ends is null)
            then 'price_without_amount'
    end as unrated_reason,
    organizations.has_reports,
    organizations.has_invoices,
    organizations.has_credit_notes,
    organizations.has_prepaid,
    coalesce(items.item = 'recurring' and partial_periods.days_in_service <> partial_periods.days_in_period, false)
        as is_prorated,
    {{ maturity('items.period_end', 'organizations') }} as maturity,
    organizations.finalized_until >= case
        when items.item = 'recurring' and contract.bill_in = 'advance' then items.period_start
        else items.period_end
    end as is_due
from items
inner join organizations
    on organizations.organization_id = items.organization_id
left join internal_accounts
    on
        internal_accounts.organization_id = items.organization_id
        and internal_accounts.account_id = items.account_id
left join currencies
    on currencies.currency = items.currency
left join partial_periods
    on
        partial_periods.organization_id = items.organization_id
        and partial_periods.subscription_id = items.subscription_id
        and partial_periods.period_start = items.period_start
left join prices_in_force
    on
        prices_in_force.organization_id = items.organization_id
        and prices_in_force.subscription_id = items.subscription_id
        and prices_in_force.period_start = items.period_start
        and prices_in_force.item = items.item
left join contract
    on
        contract.organization_id = prices_in_force.organization_id
        and contract.price_id = prices_in_force.contract_price_id
        and contract.currency = items.currency
left join billing
    on
        billing.organization_id = prices_in_force.organization_id
        and billing.price_id = prices_in_force.billing_price_id
        and billing.currency = items.currency
left join event_amounts
    on
        event_amounts.organization_id = items.organization_id
        and event_amounts.subscription_id = items.subscription_id
        and event_amounts.period_start = items.period_start
        and event_amounts.item = items.item
