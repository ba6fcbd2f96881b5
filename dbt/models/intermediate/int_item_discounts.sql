{{ config(materialized="view", post_hook=[]) }}

with
rated as (
    select * from {{ ref('int_rated_items') }}
    where
        {{ in_build_range('billing_month') }}
        and is_claimed
        and item not in ('minimum_true_up', 'maximum_discount', 'discount')
),

discounts as (
    select * from {{ ref('stg_discounts') }}
),

-- What was granted on an item, in force at the period's start. Percentages of several discounts add up; a discount
-- without a meter takes its percentage from every item, and its amount from all of them together.
final as (
    select
        rated.organization_id,
        rated.account_id,
        rated.subscription_id,
        rated.item,
        rated.period_start,
        rated.currency,
        least(coalesce(sum(discounts.percent_off), 0), 100) as percent_off,
        coalesce(sum(discounts.amount_off) filter (where discounts.meter_id is not null), 0) as amount_off,
        coalesce(sum(discounts.amount_off) filter (where discounts.meter_id is null), 0) as amount_off_all
    from rated
    inner join discounts
        on
            discounts.organization_id = rated.organization_id
            and discounts.subscription_id = rated.subscription_id
            and discounts.valid_from <= rated.period_start
            and discounts.valid_to > rated.period_start
            and coalesce(discounts.meter_id, rated.item) = rated.item
    group by
        rated.organization_id,
        rated.account_id,
        rated.subscription_id,
        rated.item,
        rated.period_start,
        rated.currency
)

select * from final
