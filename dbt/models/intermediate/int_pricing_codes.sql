{{ config(materialized="view", post_hook=[]) }}

with
pairs as (
    select distinct
        organization_id,
        contract_price_id,
        billing_price_id
    from {{ ref('int_rated_items') }}
    where {{ in_build_range('billing_month') }} and contract_price_id <> billing_price_id
),

contract_prices as (
    select * from {{ ref('stg_contract_prices') }}
),

billing_prices as (
    select * from {{ ref('stg_billing_prices') }}
),

-- The first that fits owns the step: the more special cause before the general one.
final as (
    select
        pairs.organization_id,
        pairs.contract_price_id,
        pairs.billing_price_id,
        case
            when exists (
                select 1
                from contract_prices as earlier
                where
                    earlier.organization_id = pairs.organization_id
                    and earlier.item = contract.item
                    and earlier.plan_id is not distinct from contract.plan_id
                    and earlier.subscription_id is not distinct from contract.subscription_id
                    and earlier.valid_to <= contract.valid_from
                    and earlier.included_units = billing.included_units
                    and {{ price_terms('earlier') }} = {{ price_terms('billing') }}
            ) then 'R2'
            when {{ price_terms('contract') }} = {{ price_terms('billing') }} then 'R3'
            when exists (
                select 1
                from contract_prices as other
                where
                    other.organization_id = pairs.organization_id
                    and other.meter_id <> contract.meter_id
                    and (other.plan_id = contract.plan_id or other.subscription_id = contract.subscription_id)
                    and other.valid_from < contract.valid_to
                    and other.valid_to > contract.valid_from
                    and other.included_units = billing.included_units
                    and {{ price_terms('other') }} = {{ price_terms('billing') }}
            ) then 'R9'
            else 'R1'
        end as pricing_code
    from pairs
    inner join contract_prices as contract
        on
            contract.organization_id = pairs.organization_id
            and contract.price_id = pairs.contract_price_id
    inner join billing_prices as billing
        on
            billing.organization_id = pairs.organization_id
            and billing.price_id = pairs.billing_price_id
)

select * from final
