{#- The quantity that is rated for each amount: the metering rung from used to reported, then what lines say. -#}
{%- set rated_units = {
    "entitled": "units_actual",
    "less_rejected": "units_less_rejected",
    "less_unreported": "units_less_unreported",
    "requantified": "units_requantified",
    "less_overwritten": "units_less_overwritten",
    "with_reported_twice": "units_with_reported_twice",
    "metered": "units_reported",
    "posted": "billed_units",
} -%}
{#- Of a percentage the lake has rated the events of each step. -#}
{%- set event_amounts = {
    "entitled": "actual_amount",
    "less_rejected": "less_rejected_amount",
    "less_unreported": "less_unreported_amount",
    "requantified": "requantified_amount",
    "less_overwritten": "requantified_amount",
    "with_reported_twice": "with_reported_twice_amount",
    "metered": "reported_amount",
} -%}

with
items as (
    select * from {{ ref('int_items') }}
    where {{ in_build_range('billing_month') }}
),

periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

prices_in_force as (
    select * from {{ ref('int_prices_in_force') }}
    where {{ in_build_range('billing_month') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

contract as (
    select * from {{ ref('stg_contract_prices') }}
),

billing as (
    select * from {{ ref('stg_billing_prices') }}
),

entitled_pieces as (
    select * from {{ ref('int_price_pieces') }}
    where side = 'contract'
),

first_billing_pieces as (
    select * from {{ ref('int_price_pieces') }}
    where side = 'billing' and above = '-infinity'
),

event_amounts as (
    select * from {{ ref('stg_period_amounts') }}
    where {{ in_build_range('billing_month') }}
),

-- A price counts in its own currency only; where billing has none attached, it charges the contract's.
priced as (
    select
        items.*,
        currencies.minor_unit,
        contract.price_id as contract_price_id,
        coalesce(billing.price_id, contract.price_id) as billing_price_id,
        -- Internal accounts owe nothing, and nobody owes what has no price in the contract.
        contract.price_id is null or coalesce(accounts.is_internal, false) as is_free,
        billing.price_id is null or first_billing_pieces.price_shape = entitled_pieces.price_shape
            as is_billed_as_signed,
        contract.charge_model = 'percentage' as is_by_event,
        billing.charge_model = 'percentage' as is_billed_by_event,
        {% for rung, amount in event_amounts.items() -%}
            round(coalesce(contract_events.{{ amount }}, 0), currencies.minor_unit) as {{ rung }}_event_amount,
        {% endfor -%}
        round(coalesce(billing_events.reported_amount, 0), currencies.minor_unit) as billing_event_amount,
        -- What lines say where no event tells what their units are.
        items.documented_amount - items.unmeasured_amount as measured_amount,
        case when items.item = 'recurring' then {{ prorate('contract', 'periods', 'currencies.minor_unit') }} end
            as contract_fee,
        case
            when items.item <> 'recurring' then null
            when billing.price_id is null then {{ prorate('contract', 'periods', 'currencies.minor_unit') }}
            else {{ prorate('billing', 'periods', 'currencies.minor_unit') }}
        end as billing_fee,
        case
            when items.item <> 'recurring'
                then round({{ piece_amount('items.units_actual', 'entitled_pieces') }}, currencies.minor_unit)
            when items.units_actual > 0 then {{ prorate('contract', 'periods', 'currencies.minor_unit') }}
            else 0
        end as actual_amount,
        case
            when not items.is_claimed or accounts.is_internal then null
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
                    (contract.charge_model = 'percentage' and contract_events.price_id is null)
                    or (billing.charge_model = 'percentage' and billing_events.price_id is null)
                )
                then 'charge_model_not_rated'
            -- A price without pieces lacks the terms that its charge model needs.
            when
                (contract.charge_model <> 'percentage' and entitled_pieces.price_id is null)
                or (billing.charge_model <> 'percentage' and first_billing_pieces.price_id is null)
                then 'price_without_amount'
        end as unrated_reason,
        {{ maturity('items.period_end', 'organizations') }} as maturity,
        organizations.as_of >= {{ grace('organizations') }} + case
            when items.item = 'recurring' and contract.bill_in = 'advance' then items.period_start
            else items.period_end
        end as is_due
    from items
    inner join organizations
        on organizations.organization_id = items.organization_id
    left join accounts
        on
            accounts.organization_id = items.organization_id
            and accounts.account_id = items.account_id
    left join currencies
        on currencies.currency = items.currency
    left join periods
        on
            periods.organization_id = items.organization_id
            and periods.subscription_id = items.subscription_id
            and periods.period_start = items.period_start
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
    left join event_amounts as contract_events
        on
            contract_events.organization_id = items.organization_id
            and contract_events.subscription_id = items.subscription_id
            and contract_events.period_start = items.period_start
            and contract_events.meter_id = items.item
            and contract_events.side = 'contract'
            and contract_events.price_id = contract.price_id
    left join event_amounts as billing_events
        on
            billing_events.organization_id = items.organization_id
            and billing_events.subscription_id = items.subscription_id
            and billing_events.period_start = items.period_start
            and billing_events.meter_id = items.item
            and billing_events.side = 'billing'
            and billing_events.price_id = billing.price_id
    left join entitled_pieces
        on
            entitled_pieces.organization_id = contract.organization_id
            and entitled_pieces.price_id = contract.price_id
            and {{ is_in_piece('items.units_actual', 'entitled_pieces') }}
    left join first_billing_pieces
        on
            first_billing_pieces.organization_id = billing.organization_id
            and first_billing_pieces.price_id = billing.price_id
    -- Keeps the planner from working out the amount of what was used again for every rung.
    offset 0 -- noqa: AM09
),

-- At the contract's price. Most rungs have the quantity of the first and take over its amount.
rated as (
    select
        {% for rung, units in rated_units.items() -%}
            case
                when priced.is_free then 0
                {% if rung in event_amounts -%}
                    when priced.is_by_event then priced.{{ rung }}_event_amount
                {% else -%}
                    when priced.is_by_event and priced.documented_lines = 0 then 0
                    when priced.is_by_event and priced.{{ units }} = priced.units_reported
                        then priced.metered_event_amount
                    when priced.is_by_event
                        then priced.measured_amount - priced.repeated_amount
                {% endif -%}
                when priced.{{ units }} = priced.units_actual then priced.actual_amount
                when priced.item = 'recurring' then case when priced.{{ units }} > 0 then priced.contract_fee else 0 end
                else {{ rate('contract', 'priced.contract_price_id', 'priced.' ~ units, 'priced') }}
            end as {{ rung }}_amount,
        {% endfor -%}
        priced.*
    from priced
),

final as (
    select
        rated.organization_id,
        rated.account_id,
        rated.subscription_id,
        rated.item,
        rated.period_start,
        rated.currency,
        rated.period_end,
        rated.billing_month,
        rated.is_claimed,
        rated.is_after_end,
        rated.contract_price_id,
        rated.billing_price_id,
        rated.documented_lines,
        rated.documented_lines_of_period,
        rated.unmeasured_lines,
        rated.units_reported,
        rated.billed_units,
        rated.events,
        rated.first_event_at,
        rated.last_event_at,
        rated.unrated_reason,
        rated.maturity,
        rated.is_due,
        rated.entitled_amount,
        rated.less_rejected_amount,
        rated.less_unreported_amount,
        rated.requantified_amount,
        rated.less_overwritten_amount,
        rated.with_reported_twice_amount,
        rated.metered_amount,
        case
            when rated.is_free then rated.documented_amount
            else rated.posted_amount + rated.unmeasured_amount
        end as posted_once_amount,
        case
            when rated.is_free then rated.documented_amount
            else rated.posted_amount + rated.unmeasured_amount + rated.repeated_amount
        end as posted_amount,
        case
            when rated.is_free or rated.converted_lines > 0 then rated.documented_amount
            when rated.item = 'recurring'
                then
                    case when rated.billed_units > 0 then rated.billing_fee else 0 end
                    + rated.unmeasured_amount + rated.repeated_amount
            when rated.is_billed_as_signed then rated.posted_amount + rated.unmeasured_amount + rated.repeated_amount
            when rated.is_billed_by_event and rated.documented_lines > 0 and rated.billed_units = rated.units_reported
                then rated.billing_event_amount + rated.unmeasured_amount + rated.repeated_amount
            when rated.is_billed_by_event then rated.documented_amount
            else
                {{ rate('billing', 'rated.billing_price_id', 'rated.billed_units', 'rated') }}
                + rated.unmeasured_amount + rated.repeated_amount
        end as priced_amount,
        rated.documented_amount,
        rated.invoiced_amount,
        rated.credit_amount,
        rated.prepaid_amount,
        rated.cash_amount
    from rated
)

select * from final
