-- The price list of the generator, in USD per event.
select
    'price_' || meter_id as price_id,
    'pay_per_event' as plan_id,
    meter_id,
    'per_unit' as charge_model,
    'USD' as currency,
    timestamptz '2026-10-01 00:00:00+00' as valid_from,
    listed.unit_amount
from (
    values
    ('api_call', 0.10),
    ('report_generation', 0.50),
    ('dashboard_view', 0.05),
    ('subscription_billed', 1.00)
) as listed (meter_id, unit_amount)
