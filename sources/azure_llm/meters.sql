select
    meter_id,
    listed.name,
    'token' as unit,
    'sum' as aggregation
from (
    values
    ('input_tokens', 'Input tokens'),
    ('output_tokens', 'Output tokens')
) as listed (meter_id, name)
