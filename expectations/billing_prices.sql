-- Prices, with the start of the next price of the same plan or subscription, meter and currency.
select
    *,
    lead(valid_from) over (
        partition by organization_id, plan_id, subscription_id, meter_id, currency
        order by valid_from, price_id
    ) as next_valid_from
from billing_prices
