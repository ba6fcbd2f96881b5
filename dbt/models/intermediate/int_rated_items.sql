{#- The quantity that is rated for each amount of the metering rung, from what was used to what was reported. -#}
{%- set rated_units = {
    "entitled": "units_actual",
    "less_rejected": "units_less_rejected",
    "less_unreported": "units_less_unreported",
    "requantified": "units_requantified",
    "less_overwritten": "units_less_overwritten",
    "with_reported_twice": "units_with_reported_twice",
    "metered": "units_reported",
} -%}
{#- Internal accounts owe nothing, and nobody owes what has no price in the contract. -#}
{%- set is_free = "contract.price_id is null or coalesce(accounts.is_internal, false)" -%}

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

contract as (
    select * from {{ ref('stg_contract_prices') }}
),

billing as (
    select * from {{ ref('stg_billing_prices') }}
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

-- A price counts in its own currency only; where billing has none attached, it charges the contract's.
final as (
    select
        items.organization_id,
        items.account_id,
        items.subscription_id,
        items.item,
        items.period_start,
        items.currency,
        items.period_end,
        items.billing_month,
        items.is_claimed,
        items.is_after_end,
        contract.price_id as contract_price_id,
        coalesce(billing.price_id, contract.price_id) as billing_price_id,
        items.documented_lines,
        items.documented_lines_of_period,
        items.unmeasured_lines,
        items.units_reported,
        items.billed_units,
        items.events,
        items.first_event_at,
        items.last_event_at,
        case
            when not items.is_claimed or accounts.is_internal then null
            when items.item in ('minimum_true_up', 'maximum_discount') and organizations.has_commitments
                then 'commitments_not_rated'
            when items.item = 'discount' and organizations.has_discounts then 'discounts_not_rated'
            when not organizations.has_contract then 'no_contract_delivered'
            when contract.price_id is null and items.is_owed then 'no_price_in_force'
            when contract.price_id is null then null
            when prices_in_force.is_ambiguous then 'several_prices_in_force'
            when items.item <> 'recurring' and not organizations.has_usage then 'no_usage_delivered'
            when currencies.minor_unit is null then 'unknown_currency'
            when
                contract.charge_model not in ('flat', 'per_unit') or billing.charge_model not in ('flat', 'per_unit')
                or (items.item = 'recurring' and 'per_unit' in (contract.charge_model, billing.charge_model))
                then 'charge_model_not_rated'
            when contract.unit_amount is null or (billing.price_id is not null and billing.unit_amount is null)
                then 'price_without_amount'
        end as unrated_reason,
        {{ maturity('items.period_end', 'organizations') }} as maturity,
        organizations.as_of >= {{ grace('organizations') }} + case
            when items.item = 'recurring' and contract.bill_in = 'advance' then items.period_start
            else items.period_end
        end as is_due,
        {% for rung, units in rated_units.items() -%}
            case
                when {{ is_free }} then 0
                else {{ rate('contract', 'items.' ~ units, 'periods', 'currencies') }}
            end as {{ rung }}_amount,
        {% endfor -%}
        case
            when {{ is_free }} then items.documented_amount
            else {{ rate('contract', 'items.billed_units', 'periods', 'currencies') }} + items.unmeasured_amount
        end as posted_amount,
        case
            when {{ is_free }} then items.documented_amount
            when billing.price_id is null
                then {{ rate('contract', 'items.billed_units', 'periods', 'currencies') }} + items.unmeasured_amount
            else {{ rate('billing', 'items.billed_units', 'periods', 'currencies') }} + items.unmeasured_amount
        end as priced_amount,
        items.documented_amount,
        items.invoiced_amount,
        items.credit_amount,
        items.prepaid_amount,
        items.cash_amount
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
)

select * from final
