{#- Shares of an item are kept to twelve decimals: they are on no document, and a day may be worth less than a cent. -#}
{%- set decimals = 12 -%}

with
-- By number, because sorting by the seven names of an item takes several times as long.
items as (
    select
        *,
        row_number() over () as item_number
    from {{ ref('int_item_margins') }}
    where {{ in_build_range('billing_month') }}
),

days as (
    select * from {{ ref('stg_period_usage_daily') }}
    where {{ in_build_range('billing_month') }}
),

-- What nothing was used of stands on the last day of its period.
item_days as (
    select
        items.item_number,
        items.organization_id,
        items.account_id,
        items.subscription_id,
        items.meter_id,
        items.currency,
        items.period_start,
        items.outcome,
        items.billing_month,
        items.cost_amount,
        items.revenue_amount,
        coalesce(days.usage_date, ((items.period_end - interval '1 microsecond') at time zone 'UTC')::date)
            as usage_date,
        coalesce(days.events, 0) as events,
        coalesce(days.units, 0) as units
    from items
    left join days
        on
            days.organization_id = items.organization_id
            and days.account_id = items.account_id
            and days.subscription_id = items.subscription_id
            and days.meter_id = items.meter_id
            and days.period_start = items.period_start
            and days.outcome = items.outcome
            and items.is_used
),

shares as (
    select
        *,
        sum(units) over of_item as units_of_item,
        sum(units) over (of_item order by usage_date) as units_so_far,
        lead(usage_date) over (of_item order by usage_date) is null as is_last
    from item_days
    window
        of_item as (partition by item_number)
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        meter_id,
        currency,
        period_start,
        usage_date,
        outcome,
        billing_month,
        events,
        units::numeric(38, 12) as units,
        ({{ allocate('cost_amount', 'units', 'units_so_far', 'units_of_item', 'is_last', decimals) }})::numeric(38, 12)
            as cost_amount,
        (
            {{ allocate('revenue_amount', 'units', 'units_so_far', 'units_of_item', 'is_last', decimals) }}
        )::numeric(38, 12) as revenue_amount
    from shares
)

select * from final
