-- What the events of a period cost under a percentage, on each set of the metering rung, unrounded: one row per claim
-- and price. A set without events costs nothing; where one side alone is delivered, every set is that side.
with amounts as (
    select
        percentage_amounts.charge_id.charge_number as charge_number,
        max(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set = 'actual') as actual,
        max(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set = 'less_rejected')
            as less_rejected,
        max(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set = 'less_unreported')
            as less_unreported,
        max(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set = 'requantified')
            as requantified,
        max(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set = 'with_reported_twice')
            as with_reported_twice,
        max(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set = 'reported') as reported,
        max(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set = 'in_time') as in_time,
        any_value(percentage_amounts.amount) filter (where percentage_amounts.charge_id.event_set <> 'in_time')
            as of_one_side
    from percentage_amounts
    group by percentage_amounts.charge_id.charge_number
),

completed as (
    select
        amounts.charge_number,
        if(run.is_matched, coalesce(amounts.actual, 0), amounts.of_one_side) as actual_amount,
        if(run.is_matched, coalesce(amounts.less_rejected, 0), amounts.of_one_side) as less_rejected_amount,
        if(run.is_matched, coalesce(amounts.less_unreported, 0), amounts.of_one_side) as less_unreported_amount,
        if(run.is_matched, coalesce(amounts.requantified, 0), amounts.of_one_side) as requantified_amount,
        if(run.is_matched, coalesce(amounts.with_reported_twice, 0), amounts.of_one_side)
            as with_reported_twice_amount,
        if(run.is_matched, coalesce(amounts.reported, 0), amounts.of_one_side) as reported_amount,
        -- Of a source that delivers the usage alone nothing is reported, and nothing of it is late.
        if(
            run.is_matched or amounts.reported is not null, coalesce(amounts.in_time, 0), amounts.of_one_side
        ) as in_time_amount
    from amounts
    cross join run
)

select
    run.source_name,
    claims.organization_id,
    claims.account_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    claims.period_end,
    run.billing_month,
    percentage_charges.side,
    percentage_charges.price_id,
    completed.actual_amount,
    completed.less_rejected_amount,
    completed.less_unreported_amount,
    completed.requantified_amount,
    completed.with_reported_twice_amount,
    completed.reported_amount,
    completed.in_time_amount
from completed
inner join percentage_charges on completed.charge_number = percentage_charges.charge_number
inner join claims on percentage_charges.claim_id = claims.claim_id
cross join run
order by
    claims.organization_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    percentage_charges.side,
    percentage_charges.price_id
