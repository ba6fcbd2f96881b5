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
    select
        *,
        coalesce(subscription_id, plan_id) as owner_id,
        {{ price_terms('prices') }} as terms
    from {{ ref('stg_contract_prices') }} as prices
),

billing_prices as (
    select
        *,
        {{ price_terms('prices') }} as terms
    from {{ ref('stg_billing_prices') }} as prices
),

compared as (
    select
        pairs.organization_id,
        pairs.contract_price_id,
        pairs.billing_price_id,
        contract.owner_id,
        contract.item,
        contract.valid_from,
        contract.valid_to,
        contract.terms as contract_terms,
        billing.terms,
        billing.included_units
    from pairs
    inner join contract_prices as contract
        on
            contract.organization_id = pairs.organization_id
            and contract.price_id = pairs.contract_price_id
    inner join billing_prices as billing
        on
            billing.organization_id = pairs.organization_id
            and billing.price_id = pairs.billing_price_id
),

-- What else in the owner's contract costs what billing charges: an earlier version of the item, or another item.
lookalikes as (
    select
        compared.organization_id,
        compared.contract_price_id,
        compared.billing_price_id,
        bool_or(contract.item = compared.item and contract.valid_to <= compared.valid_from) as is_earlier_version,
        bool_or(
            contract.item <> compared.item
            and contract.valid_from < compared.valid_to and contract.valid_to > compared.valid_from
        ) as is_other_item
    from compared
    inner join contract_prices as contract
        on
            contract.organization_id = compared.organization_id
            and contract.owner_id = compared.owner_id
            and contract.included_units = compared.included_units
            and contract.terms = compared.terms
    group by
        compared.organization_id,
        compared.contract_price_id,
        compared.billing_price_id
),

-- The first that fits owns the step: the more special cause before the general one.
final as (
    select
        compared.organization_id,
        compared.contract_price_id,
        compared.billing_price_id,
        case
            when lookalikes.is_earlier_version then 'R2'
            when compared.contract_terms = compared.terms then 'R3'
            when lookalikes.is_other_item and compared.item <> 'recurring' then 'R9'
            else 'R1'
        end as pricing_code
    from compared
    left join lookalikes
        on
            lookalikes.organization_id = compared.organization_id
            and lookalikes.contract_price_id = compared.contract_price_id
            and lookalikes.billing_price_id = compared.billing_price_id
)

select * from final
