{{ config(materialized="view", post_hook=[]) }}

{#- What a discount of everything that never ends takes away: docs/definitions.md#what-documents-put-at-risk. -#}
with
ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }} and item = 'discount' and entitled_amount < 0
),

discounts as (
    select * from {{ ref('stg_discounts') }}
    where meter_id is null and valid_to = 'infinity'
),

stopped as (
    select * from {{ ref('int_stopped_billing') }}
),

given_away as (
    select
        ladder.organization_id,
        ladder.subscription_id,
        ladder.period_start
    from ladder
    inner join discounts
        on
            discounts.organization_id = ladder.organization_id
            and discounts.subscription_id = ladder.subscription_id
            and discounts.valid_from <= ladder.period_start
    group by
        ladder.organization_id,
        ladder.subscription_id,
        ladder.period_start
    having sum(discounts.percent_off) >= 100
),

final as (
    select
        ladder.organization_id,
        ladder.account_id,
        ladder.subscription_id,
        ladder.period_start,
        ladder.currency,
        ladder.period_end,
        ladder.billing_month,
        -ladder.entitled_amount as amount
    from ladder
    inner join given_away
        on
            given_away.organization_id = ladder.organization_id
            and given_away.subscription_id = ladder.subscription_id
            and given_away.period_start = ladder.period_start
    -- Where billing has stopped anyway, that is the finding of the period.
    left join stopped
        on
            stopped.organization_id = ladder.organization_id
            and stopped.subscription_id = ladder.subscription_id
            and stopped.period_start = ladder.period_start
    where stopped.subscription_id is null
)

select * from final
