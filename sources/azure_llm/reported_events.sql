-- What reached the meter: every usage event (see usage_events.sql for the numbering), with two planted faults.
-- * Outage: nothing with occurred_at in [2023-11-16 18:40:00, 18:45:00) was reported.
-- * Retries: of every request whose number is a multiple of 500, outside the outage, both events were reported a second
--   time under a new id, `<event_id>-retry`.
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
),

reports as (
    select
        *,
        '' as suffix
    from requests
    union all
    select
        *,
        '-retry' as suffix
    from requests
    where request_number % 500 = 0
)

select
    file || '-' || request_number || '-' || directions.direction || suffix as event_id,
    'tenant-' || request_number % 8 as account_id,
    case directions.direction when 'in' then 'input_tokens' else 'output_tokens' end as event_name,
    left(timestamp, 26) as occurred_at,
    case directions.direction when 'in' then contexttokens else generatedtokens end as units
from reports
cross join (values ('in'), ('out')) as directions (direction)
where timestamp < '2023-11-16 18:40:00' or timestamp >= '2023-11-16 18:45:00'
