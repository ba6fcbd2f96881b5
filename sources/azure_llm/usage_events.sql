-- Two events per request: its input tokens and its output tokens.
-- * Requests are numbered from 1 within each file, in the order of time and tokens. That is the order of the file, but
--   unlike the order in which rows are read it is the same on every run.
-- * The account is tenant-N, N = request number modulo 8; the trace names none.
-- * Times come with seven digits after the second and are cut, not rounded, to microseconds.
with
files as (
    select
        'code' as file,
        *
    from read_csv(:data_dir || '/AzureLLMInferenceTrace_code.csv', header = true, all_varchar = true)
    union all
    select
        'conv' as file,
        *
    from read_csv(:data_dir || '/AzureLLMInferenceTrace_conv.csv', header = true, all_varchar = true)
),

requests as (
    select
        *,
        row_number() over (
            partition by file
            order by timestamp, try_cast(contexttokens as bigint), try_cast(generatedtokens as bigint)
        ) as request_number
    from files
)

select
    file || '-' || request_number || '-' || directions.direction as event_id,
    'tenant-' || request_number % 8 as account_id,
    case directions.direction when 'in' then 'input_tokens' else 'output_tokens' end as event_name,
    left(timestamp, 26) as occurred_at,
    case directions.direction when 'in' then contexttokens else generatedtokens end as units
from requests
cross join (values ('in'), ('out')) as directions (direction)
