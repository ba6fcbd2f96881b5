{#- What a meter's units of a billing period brought and cost: docs/definitions.md#usage-margin. -#}
with
items as (
    select * from {{ ref('int_items') }}
    where
        {{ in_build_range('billing_month') }}
        and item not in ('recurring', 'discount', 'minimum_true_up', 'maximum_discount', 'other')
),

ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

unclaimed_days as (
    select * from {{ ref('stg_period_usage_daily') }}
    where
        {{ in_build_range('billing_month') }}
        and outcome <> 'claimed'
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

meters as (
    select * from {{ ref('stg_meters') }}
),

-- What was used, and what is owed for a meter without use. An item that is not rated has no revenue that is known.
claimed as (
    select
        organization_id, account_id, subscription_id, item as meter_id, currency, period_start, 'claimed' as outcome,
        items.period_end, items.billing_month, items.is_owed as is_used,
        items.units_actual as units,
        case when items.is_claimed then ladder.entitled_amount else 0 end as revenue_amount
    from items
    left join ladder
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    where items.is_owed or ladder.entitled_amount <> 0
),

-- The month stands in for the period: of a meter that does not add up its highest or last day counts.
unclaimed as (
    select
        days.organization_id, days.account_id, days.subscription_id, days.meter_id,
        coalesce(max(accounts.currency), 'XXX') as currency,
        days.period_start, days.outcome, days.period_end, days.billing_month, true as is_used,
        case coalesce(max(meters.aggregation), 'sum')
            when 'max' then max(days.units)
            when 'unique_count' then max(days.units)
            when 'last' then (array_agg(days.units order by days.usage_date desc))[1]
            else sum(days.units)
        end as units,
        0 as revenue_amount
    from unclaimed_days as days
    left join accounts
        on
            accounts.organization_id = days.organization_id
            and accounts.account_id = days.account_id
    left join meters
        on
            meters.organization_id = days.organization_id
            and meters.meter_id = days.meter_id
    group by
        days.organization_id, days.account_id, days.subscription_id, days.meter_id, days.period_start, days.outcome,
        days.period_end, days.billing_month
),

everything as (
    select * from claimed
    union all
    select * from unclaimed
),

final as (
    select
        everything.organization_id,
        everything.account_id,
        everything.subscription_id,
        everything.meter_id,
        everything.currency,
        everything.period_start,
        everything.outcome,
        everything.period_end,
        everything.billing_month,
        everything.is_used,
        everything.units::numeric(38, 12) as units,
        (everything.units * meters.unit_cost)::numeric(38, 12) as cost_amount,
        everything.revenue_amount::numeric(38, 12) as revenue_amount
    from everything
    left join meters
        on
            meters.organization_id = everything.organization_id
            and meters.meter_id = everything.meter_id
    left join accounts
        on
            accounts.organization_id = everything.organization_id
            and accounts.account_id = everything.account_id
    where accounts.is_internal is not true
)

select * from final
