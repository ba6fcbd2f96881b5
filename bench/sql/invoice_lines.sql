-- What billing charged: every report it kept, once, at the contract's price.
with prices as (
    select
        unnest(['api_call', 'input_tokens', 'output_tokens', 'storage_gb', 'job']) as event_name,
        unnest(['api_calls', 'input_kilotokens', 'output_kilotokens', 'storage', 'jobs']) as meter_id,
        unnest([1, 1000, 1000, 1, 1]) as events_per_unit,
        unnest([0.01, 0.002, 0.006, 0.05, 0.1])::decimal(38, 12) as unit_amount,
        unnest(['price_1', 'price_2', 'price_3', 'price_4', 'price_5']) as price_id
),

kept as (
    select
        reported_events.event_id,
        any_value(reported_events.account_id) as account_id,
        any_value(reported_events.event_name) as event_name,
        any_value(reported_events.units) as units
    from reported_events
    group by reported_events.event_id
),

billed as (
    select
        kept.account_id,
        kept.event_name,
        sum(kept.units) as units
    from kept
    group by kept.account_id, kept.event_name
)

select
    replace(billed.account_id, 'acct', 'inv') as invoice_id,
    'usage' as kind,
    prices.meter_id,
    (billed.units::decimal(26, 0) * (1.0 / prices.events_per_unit)::decimal(4, 3))::decimal(38, 12) as units,
    prices.unit_amount,
    round(
        (billed.units::decimal(26, 0) * (1.0 / prices.events_per_unit)::decimal(4, 3))::decimal(26, 3)
        * prices.unit_amount::decimal(6, 3),
        2
    )::decimal(38, 12) as amount,
    'USD' as currency,
    timestamptz '2025-03-01 00:00:00+00' as period_start,
    timestamptz '2025-04-01 00:00:00+00' as period_end,
    prices.price_id,
    replace(billed.account_id, 'acct', 'line') || '_' || prices.meter_id as invoice_line_id
from billed
inner join prices on billed.event_name = prices.event_name
