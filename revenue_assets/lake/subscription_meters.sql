-- Which meters the contract of each subscription prices, and when: by its own prices or by those of its plan.
select
    subscriptions.organization_id,
    subscriptions.account_id,
    subscriptions.subscription_id,
    contract_prices.meter_id,
    contract_prices.valid_from,
    coalesce(contract_prices.valid_to, 'infinity'::timestamptz) as valid_to
from contract_prices
inner join subscriptions
    on
        contract_prices.organization_id = subscriptions.organization_id
        and contract_prices.subscription_id = subscriptions.subscription_id
where contract_prices.meter_id is not null
union all
select
    subscriptions.organization_id,
    subscriptions.account_id,
    subscriptions.subscription_id,
    contract_prices.meter_id,
    contract_prices.valid_from,
    coalesce(contract_prices.valid_to, 'infinity'::timestamptz) as valid_to
from contract_prices
inner join subscriptions
    on
        contract_prices.organization_id = subscriptions.organization_id
        and contract_prices.plan_id = subscriptions.plan_id
where contract_prices.meter_id is not null
