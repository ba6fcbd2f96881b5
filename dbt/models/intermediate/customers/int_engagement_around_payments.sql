{{ config(materialized="table") }}

{#- Active days and days with an intent to cancel around each moment of payment that is followed for 90 days: in the 30
    days before, and by 30 days after. Days are whole UTC days, counted from the day of the payment, which itself counts
    only for an intent before. Moments of which any month was not closed are left out: nothing seen is not nothing done. -#}
with
moments as (
    select
        organization_id,
        account_id,
        asked_at,
        (asked_at at time zone 'UTC')::date as asked_on,
        row_number() over () as moment_number
    from {{ ref('int_payment_moments') }}
    where is_followed
),

months as (
    select * from {{ ref('int_engagement_months') }}
),

days as (
    select * from {{ ref('int_engagement_days') }}
),

-- By number, because sorting by names takes several times as long.
known as (
    select moments.moment_number
    from moments
    inner join months
        on
            months.organization_id = moments.organization_id
            and months.month between date_trunc('month', moments.asked_on - interval '30 days')
            and moments.asked_on + interval '90 days'
    group by moments.moment_number, moments.asked_on
    having
        min(months.month) = date_trunc('month', moments.asked_on - interval '30 days')
        and max(months.month) = date_trunc('month', moments.asked_on + interval '90 days')
        and max(months.month) = min(months.month) + (count(*) - 1) * interval '1 month'
),

seen as (
    select
        moments.moment_number,
        count(*) filter (where days.is_active and days.day < moments.asked_on) as active_days_before,
        count(*) filter (where days.is_active and days.day - moments.asked_on between 1 and 30) as active_days_30,
        count(*) filter (where days.is_active and days.day - moments.asked_on between 31 and 60) as active_days_60,
        count(*) filter (where days.is_active and days.day - moments.asked_on between 61 and 90) as active_days_90,
        count(*) filter (where days.cancel_intents > 0 and days.day <= moments.asked_on) as intent_days_before,
        count(*) filter (where days.cancel_intents > 0 and days.day - moments.asked_on between 1 and 30)
            as intent_days_30,
        count(*) filter (where days.cancel_intents > 0 and days.day - moments.asked_on between 31 and 60)
            as intent_days_60,
        count(*) filter (where days.cancel_intents > 0 and days.day - moments.asked_on between 61 and 90)
            as intent_days_90
    from known
    inner join moments
        on moments.moment_number = known.moment_number
    left join days
        on
            days.organization_id = moments.organization_id
            and days.account_id = moments.account_id
            and days.day between moments.asked_on - 30 and moments.asked_on + 90
    group by moments.moment_number
),

final as (
    select
        moments.organization_id,
        moments.account_id,
        moments.asked_at,
        seen.active_days_before,
        seen.active_days_30,
        seen.active_days_60,
        seen.active_days_90,
        seen.intent_days_before,
        seen.intent_days_30,
        seen.intent_days_60,
        seen.intent_days_90
    from seen
    inner join moments
        on moments.moment_number = seen.moment_number
)

select * from final
