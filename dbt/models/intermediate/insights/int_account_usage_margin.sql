with
items as (
    select * from {{ ref('int_item_margins') }}
    where {{ in_build_range('billing_month') }}
),

-- A sum that lacks a part is not known: without a unit cost, or where an item cannot be rated, it is null.
final as (
    select
        organization_id,
        account_id,
        meter_id,
        currency,
        billing_month,
        sum(units)::numeric(38, 12) as units,
        case when count(cost_amount) = count(*) then sum(cost_amount) end::numeric(38, 12) as cost_amount,
        case when count(revenue_amount) = count(*) then sum(revenue_amount) end::numeric(38, 12) as revenue_amount
    from items
    group by
        organization_id,
        account_id,
        meter_id,
        currency,
        billing_month
)

select * from final
