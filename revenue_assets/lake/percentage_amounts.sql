-- What a percentage of every event's amount comes to, unrounded: one row per charge (what is added up: an item and
-- period of an account). `charged_events` has charge_id, event_number (their order in time), amount, and on every event
-- the terms: rate_percent, fixed_amount, free_events, free_amount, transaction_minimum, transaction_maximum.
-- Every scale is written out and nothing is divided, because DuckDB divides decimals in floating point and cuts scales
-- to fit 38 digits. What does not fit (an event's amount of 10^12 and more) is an error here, never another number.
with
counted as (
    select
        charged_events.*,
        row_number() over events_so_far as nth,
        sum(amount) over events_so_far as amount_so_far
    from charged_events
    window events_so_far as (
        partition by charge_id order by event_number rows between unbounded preceding and current row
    )
),

-- The allowance ends with its events or its amount, whichever is used up first; the event that crosses the amount pays
-- for what is above it.
allowed as (
    select
        counted.*,
        (free_events is not null or free_amount is not null)
        and nth <= coalesce(free_events, nth)
        and (free_amount is null or (amount_so_far <= free_amount and amount_so_far - amount < free_amount)) as is_free,
        case
            when nth <= coalesce(free_events, nth) and free_amount is not null
                then least(amount, greatest(amount_so_far - free_amount, 0))
            else amount
        end as charged_amount
    from counted
),

charged as (
    select
        allowed.*,
        charged_amount::decimal(38, 12) * (rate_percent::decimal(16, 12) * 0.01::decimal(3, 2))::decimal(18, 14)
        + fixed_amount::decimal(38, 26) as transaction_amount
    from allowed
),

-- A missing minimum or maximum is passed over; the maximum comes last and wins.
limited as (
    select
        charge_id,
        is_free,
        greatest(transaction_amount::decimal(38, 26), transaction_minimum::decimal(38, 26)) as at_least_amount,
        transaction_maximum::decimal(38, 26) as most_amount
    from charged
),

final as (
    select
        charge_id,
        count(*) as events,
        sum(case when is_free then 0::decimal(38, 26) else least(at_least_amount, most_amount) end) as amount
    from limited
    group by charge_id
)

select * from final
