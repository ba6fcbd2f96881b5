-- A row is a meter of a billing period whose revenue is not that of the ladder's first rung, or whose units are not
-- those of its usage; what one side lacks is 0 there.
{{ config(meta={"dagster": {"ref": {"name": "int_item_margins"}}}) }}

with
margins as (
    select * from {{ ref('int_item_margins') }}
    where
        {{ in_build_range('billing_month') }}
        and outcome = 'claimed'
),

ladder as (
    select * from {{ ref('int_ladder') }}
    where
        {{ in_build_range('billing_month') }}
        and entitled_amount <> 0
        and item not in ('recurring', 'discount', 'minimum_true_up', 'maximum_discount', 'other')
),

usage as (
    select usage.*
    from {{ ref('stg_period_usage') }} as usage
    left join {{ ref('stg_accounts') }} as accounts
        on
            accounts.organization_id = usage.organization_id
            and accounts.account_id = usage.account_id
    where
        {{ in_build_range('usage.billing_month') }}
        and accounts.is_internal is not true
),

found as (
    select
        organization_id, account_id, subscription_id, meter_id, period_start,
        sum(units) as units,
        coalesce(sum(revenue_amount), 0) as revenue_amount
    from margins
    group by organization_id, account_id, subscription_id, meter_id, period_start
),

owed as (
    select
        organization_id, account_id, subscription_id, item as meter_id, period_start,
        sum(entitled_amount) as entitled_amount
    from ladder
    group by organization_id, account_id, subscription_id, item, period_start
)

select
    organization_id, account_id, subscription_id, meter_id, period_start,
    found.units, usage.units_actual, found.revenue_amount, owed.entitled_amount
from found
full join owed
    using (organization_id, account_id, subscription_id, meter_id, period_start)
full join usage
    using (organization_id, account_id, subscription_id, meter_id, period_start)
where
    coalesce(found.revenue_amount, 0) <> coalesce(owed.entitled_amount, 0)
    or coalesce(found.units, 0) <> coalesce(usage.units_actual, 0)
