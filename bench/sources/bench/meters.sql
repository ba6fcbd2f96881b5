select
    unnest(['api_calls', 'input_kilotokens', 'output_kilotokens', 'storage', 'jobs']) as meter_id,
    unnest(['API calls', 'Input tokens', 'Output tokens', 'Storage', 'Jobs']) as name,
    unnest(['call', '1000 tokens', '1000 tokens', 'GB', 'job']) as unit,
    'sum' as aggregation
