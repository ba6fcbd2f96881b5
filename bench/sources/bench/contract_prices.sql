select
    unnest(['price_1', 'price_2', 'price_3', 'price_4', 'price_5']) as price_id,
    'plan' as plan_id,
    unnest(['api_calls', 'input_kilotokens', 'output_kilotokens', 'storage', 'jobs']) as meter_id,
    'per_unit' as charge_model,
    'USD' as currency,
    timestamptz '2020-01-01 00:00:00+00' as valid_from,
    unnest([0.01, 0.002, 0.006, 0.05, 0.1]) as unit_amount
