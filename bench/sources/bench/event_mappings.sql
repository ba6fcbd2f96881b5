select
    unnest(['api_call', 'input_tokens', 'output_tokens', 'storage_gb', 'job']) as event_name,
    timestamptz '2020-01-01 00:00:00+00' as valid_from,
    unnest(['api_calls', 'input_kilotokens', 'output_kilotokens', 'storage', 'jobs']) as meter_id,
    unnest([1, 0.001, 0.001, 1, 1]) as multiplier
