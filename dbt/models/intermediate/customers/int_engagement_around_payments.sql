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
        (asked_at at time zone 'UTC')::date as asked_on
    from {{ ref('int_payment_moments') }}
    where is_followed
),

months as (
    select * from {{ ref('int_engagement_months') }}
),

days as (
    select * from {{ ref('int_engagement_days') }}
),

known as (
    select
        moments.organization_id,
        moments.account_id,
        moments.asked_at,
        moments.asked_on
    from moments
    inner join months
        on
            months.organization_id = moments.organization_id
            and months.month between date_trunc('month', moments.asked_on - interval '30 days')
            and moments.asked_on + interval '90 days'
    group by moments.organization_id, moments.account_id, moments.asked_at, moments.asked_on
    having
        min(months.month) = date_trunc('month', moments.asked_on - interval '30 days')
        and max(months.month) = date_trunc('month', moments.asked_on + interval '90 days')
        and max(months.month) = min(months.month) + (count(*) - 1) * interval '1 month'
),

final as (
    select
        known.organization_id,
        known.account_id,
        known.asked_at,
        count(*) filter (where days.is_active and days.day < known.asked_on) as active_days_before,
        count(*) filter (where days.is_active and days.day - known.asked_on between 1 and 30) as active_days_30,
        count(*) filter (where days.is_active and days.day - known.asked_on between 31 and 60) as active_days_60,
        count(*) filter (where days.is_active and days.day - known.asked_on between 61 and 90) as active_days_90,
        count(*) filter (where days.cancel_intents > 0 and days.day <= known.asked_on) as intent_days_before,
        count(*) filter (where days.cancel_intents > 0 and days.day - known.asked_on between 1 and 30)
            as intent_days_30,
        count(*) filter (where days.cancel_intents > 0 and days.day - known.asked_on between 31 and 60)
            as intent_days_60,
        count(*) filter (where days.cancel_intents > 0 and days.day - known.asked_on between 61 and 90)
            as intent_days_90
    from known
    left join days
        on
            days.organization_id = known.organization_id
            and days.account_id = known.account_id
            and days.day between known.asked_on - 30 and known.asked_on + 90
    group by known.organization_id, known.account_id, known.asked_at
)

select * from final
