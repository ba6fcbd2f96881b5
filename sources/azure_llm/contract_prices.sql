-- gpt-4o, 2.50 USD per million input tokens and 10.00 USD per million output tokens, as in the price book of
-- pydantic/genai-prices (prices/data.json, provider openai); per token.
select
    'price-' || meter_id as price_id,
    'pay_per_token' as plan_id,
    meter_id,
    'per_unit' as charge_model,
    'USD' as currency,
    timestamptz '2023-11-01 00:00:00+00' as valid_from,
    listed.unit_amount
from (
    values
    ('input_tokens', 0.0000025),
    ('output_tokens', 0.0000100)
) as listed (meter_id, unit_amount)
