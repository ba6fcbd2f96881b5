-- The percentage prices that may be in force for a claim, the contract's and billing's: which of them is, the warehouse
-- decides (int_prices_in_force), so that the rule is written once.
with prices as (
    select
        'contract' as side,
        contract_prices.organization_id,
        contract_prices.plan_id,
        contract_prices.subscription_id,
        contract_prices.meter_id,
        contract_prices.price_id,
        contract_prices.charge_model,
        contract_prices.valid_from,
        coalesce(contract_prices.valid_to, 'infinity'::timestamptz) as valid_to,
        contract_prices.rate_percent,
        contract_prices.fixed_amount,
        contract_prices.free_events,
        contract_prices.free_amount,
        contract_prices.transaction_minimum,
        contract_prices.transaction_maximum
    from contract_prices
    union all
    select
        'billing' as side,
        billing_prices.organization_id,
        billing_prices.plan_id,
        billing_prices.subscription_id,
        billing_prices.meter_id,
        billing_prices.price_id,
        billing_prices.charge_model,
        billing_prices.valid_from,
        coalesce(billing_prices.valid_to, 'infinity'::timestamptz) as valid_to,
        billing_prices.rate_percent,
        billing_prices.fixed_amount,
        billing_prices.free_events,
        billing_prices.free_amount,
        billing_prices.transaction_minimum,
        billing_prices.transaction_maximum
    from billing_prices
)

select
    row_number() over ()::integer as charge_number,
    claims.claim_id,
    claims.organization_id,
    claims.meter_id,
    prices.side,
    prices.price_id,
    prices.rate_percent,
    coalesce(prices.fixed_amount, 0) as fixed_amount,
    prices.free_events,
    prices.free_amount,
    prices.transaction_minimum,
    prices.transaction_maximum
from claims
inner join subscriptions
    on
        claims.organization_id = subscriptions.organization_id
        and claims.subscription_id = subscriptions.subscription_id
inner join prices
    on
        claims.organization_id = prices.organization_id
        and claims.meter_id = prices.meter_id
        and claims.period_end > prices.valid_from
        and claims.period_start < prices.valid_to
        and prices.valid_from < prices.valid_to
        and (
            prices.subscription_id = subscriptions.subscription_id
            or (prices.subscription_id is null and prices.plan_id = subscriptions.plan_id)
        )
where prices.charge_model = 'percentage'
