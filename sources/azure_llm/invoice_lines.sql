-- One line per tenant and meter: the tokens that were reported (see reported_events.sql for the two planted faults),
-- times the price, rounded once, half away from zero, to cents.
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

reported as (
    select
        request_number % 8 as number,
        try_cast(contexttokens as bigint) as input_tokens,
        try_cast(generatedtokens as bigint) as output_tokens,
        case when request_number % 500 = 0 then 2 else 1 end as times
    from requests
    where timestamp < '2023-11-16 18:40:00' or timestamp >= '2023-11-16 18:45:00'
),

billed as (
    select
        number,
        'input_tokens' as meter_id,
        sum(input_tokens * times) as units,
        cast(0.0000025 as decimal(18, 12)) as unit_amount
    from reported
    group by number
    union all
    select
        number,
        'output_tokens' as meter_id,
        sum(output_tokens * times) as units,
        cast(0.0000100 as decimal(18, 12)) as unit_amount
    from reported
    group by number
)

select
    'line-' || number || '-2023-11-' || meter_id as invoice_line_id,
    'inv-' || number || '-2023-11' as invoice_id,
    'usage' as kind,
    meter_id,
    units,
    unit_amount,
    round(cast(units as decimal(18, 0)) * unit_amount, 2) as amount,
    'USD' as currency,
    timestamptz '2023-11-01 00:00:00+00' as period_start,
    timestamptz '2023-12-01 00:00:00+00' as period_end,
    'price-' || meter_id as price_id
from billed
