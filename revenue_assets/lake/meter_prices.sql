-- When a meter has a contract price, for a plan or for a subscription. What the price is does not matter here.
select distinct
    contract_prices.organization_id,
    contract_prices.plan_id,
    contract_prices.subscription_id,
    contract_prices.meter_id,
    contract_prices.valid_from,
    coalesce(contract_prices.valid_to, 'infinity'::timestamptz) as valid_to
from contract_prices
where contract_prices.meter_id is not null
