-- The quantities of `period_usage` by UTC day: of the periods that end in the month, and of the month's usage that no
-- period claims (subscription '' and no period). Of a scaled meter a day's units are what the sum so far grows by, each
-- sum rounded to twelve decimals: so the days add up to what the period has, exactly.
with sums as (
    select
        added_days.*,
        sum(coalesce(added_days.plain_units, 0) + coalesce(added_days.scaled_units, 0)) over (
            partition by
                added_days.claim_id,
                added_days.outcome,
                added_days.account_number,
                added_days.meter_number
            order by added_days.day_number
        )::decimal(38, 12) as units_so_far
    from added_days
    inner join numbered_meters on added_days.meter_number = numbered_meters.meter_number
    where numbered_meters.is_scaled
),

days as (
    select
        sums.claim_id,
        sums.outcome,
        sums.account_number,
        sums.meter_number,
        sums.day_number,
        sums.events,
        sums.units_so_far - lag(sums.units_so_far, 1, 0::decimal(38, 12)) over (
            partition by sums.claim_id, sums.outcome, sums.account_number, sums.meter_number
            order by sums.day_number
        ) as units
    from sums
    union all
    select
        added_days.claim_id,
        added_days.outcome,
        added_days.account_number,
        added_days.meter_number,
        added_days.day_number,
        added_days.events,
        added_days.plain_units as units
    from added_days
    inner join numbered_meters on added_days.meter_number = numbered_meters.meter_number
    where not numbered_meters.is_scaled
    union all
    select
        day_values.claim_id,
        day_values.outcome,
        day_values.account_number,
        day_values.meter_number,
        day_values.day_number,
        day_values.events,
        day_values.units
    from day_values
)

select
    run.source_name,
    numbered_accounts.organization_id,
    numbered_accounts.account_id,
    coalesce(claims.subscription_id, '') as subscription_id,
    numbered_meters.meter_id,
    claims.period_start,
    claims.period_end,
    make_date(days.day_number::integer) as usage_date,
    run.billing_month,
    case
        when days.outcome <> 'unplaced' then days.outcome
        when numbered_accounts.is_known then 'outside_subscription'
        else 'unmapped'
    end as outcome,
    days.events,
    days.units
from days
cross join run
inner join numbered_accounts on days.account_number = numbered_accounts.account_number
inner join numbered_meters on days.meter_number = numbered_meters.meter_number
left join claims on days.claim_id = claims.claim_id
where days.outcome <> 'pending'
order by
    days.account_number,
    days.meter_number,
    days.day_number,
    claims.subscription_id nulls first,
    claims.period_start,
    outcome
