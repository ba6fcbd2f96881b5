-- At most one row: the prices that are in force for the item and period of a finding, signed and in billing.
select
    contract.charge_model,
    contract.unit_amount,
    contract.included_units,
    billing.charge_model as billing_charge_model,
    billing.unit_amount as billing_unit_amount
from intermediate.int_prices_in_force as prices
left join staging.stg_contract_prices as contract
    on
        contract.organization_id = prices.organization_id
        and contract.price_id = prices.contract_price_id
left join staging.stg_billing_prices as billing
    on
        billing.organization_id = prices.organization_id
        and billing.price_id = prices.billing_price_id
where
    prices.organization_id = %(organization_id)s
    and prices.subscription_id = %(subscription_id)s
    and prices.item = %(item)s
    and prices.period_start = %(period_start)s
