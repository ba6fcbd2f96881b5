{#- What usage and agreements add to the fees of periods that end in a month: docs/definitions.md#usage-beside-fees -#}
with
items as (
    select * from {{ ref('int_ladder') }}
    where
        {{ in_build_range('billing_month') }}
        and item <> 'other'
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

plans as (
    select * from {{ ref('stg_plans') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

discounts as (
    select * from {{ ref('stg_discounts') }}
    where coalesce(meter_id, 'recurring') = 'recurring'
),

periods as (
    select
        items.organization_id,
        items.account_id,
        items.subscription_id,
        items.currency,
        items.billing_month,
        items.period_start,
        coalesce(sum(items.entitled_amount) filter (where items.item = 'recurring'), 0) as fee_amount,
        coalesce(
            sum(items.entitled_amount)
            filter (where items.item in ('discount', 'minimum_true_up', 'maximum_discount')),
            0
        ) as agreed_amount,
        coalesce(
            sum(items.entitled_amount)
            filter (where items.item not in ('recurring', 'discount', 'minimum_true_up', 'maximum_discount')),
            0
        ) as usage_amount
    from items
    group by
        items.organization_id,
        items.account_id,
        items.subscription_id,
        items.currency,
        items.billing_month,
        items.period_start
),

-- What was taken off the fee is off the subscription's MRR already.
discounted as (
    select
        periods.organization_id,
        periods.subscription_id,
        periods.currency,
        periods.period_start,
        least(coalesce(sum(discounts.percent_off), 0), 100) as percent_off,
        sum(discounts.amount_off) as amount_off
    from periods
    inner join discounts
        on
            discounts.organization_id = periods.organization_id
            and discounts.subscription_id = periods.subscription_id
            and discounts.valid_from <= periods.period_start
            and discounts.valid_to > periods.period_start
    group by
        periods.organization_id,
        periods.subscription_id,
        periods.currency,
        periods.period_start
),

adjusted as (
    select
        periods.*,
        coalesce(plans.billing_interval = 'year', false) as is_yearly,
        {{ fee_discount('periods.fee_amount', 'discounted', 'currencies.minor_unit') }} as fee_discount_amount
    from periods
    inner join currencies
        on currencies.currency = periods.currency
    left join subscriptions
        on
            subscriptions.organization_id = periods.organization_id
            and subscriptions.subscription_id = periods.subscription_id
    left join plans
        on
            plans.organization_id = subscriptions.organization_id
            and plans.plan_id = subscriptions.plan_id
    left join discounted
        on
            discounted.organization_id = periods.organization_id
            and discounted.subscription_id = periods.subscription_id
            and discounted.currency = periods.currency
            and discounted.period_start = periods.period_start
),

final as (
    select
        organization_id,
        account_id,
        currency,
        billing_month,
        coalesce(sum(usage_amount) filter (where not is_yearly), 0)::numeric(38, 12) as usage_mrr_amount,
        coalesce(sum(agreed_amount + fee_discount_amount) filter (where not is_yearly), 0)::numeric(38, 12)
            as agreed_mrr_amount,
        coalesce(sum(usage_amount + agreed_amount + fee_discount_amount) filter (where is_yearly), 0)::numeric(38, 12)
            as yearly_usage_amount
    from adjusted
    group by
        organization_id,
        account_id,
        currency,
        billing_month
)

select * from final
