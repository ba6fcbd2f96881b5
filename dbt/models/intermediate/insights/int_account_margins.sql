{#- Whether a customer pays what it costs: docs/definitions.md#insights. -#}
with
revenue as (
    select * from {{ ref('int_account_revenue') }}
    where {{ in_build_range('billing_month') }}
),

unrated as (
    select * from {{ ref('int_unrated_items') }}
    where {{ in_build_range('billing_month') }}
),

items as (
    select * from {{ ref('int_item_margins') }}
    where
        {{ in_build_range('billing_month') }}
        and outcome in ('claimed', 'unpriced', 'outside_subscription')
),

-- Only the known: a meter without a unit cost makes the cost too low, never too high.
costs as (
    select
        organization_id,
        account_id,
        currency,
        billing_month,
        sum(cost_amount) as cost_amount
    from items
    group by
        organization_id,
        account_id,
        currency,
        billing_month
),

revenues as (
    select
        organization_id,
        account_id,
        currency,
        billing_month,
        sum(entitled_amount) as revenue_amount
    from revenue
    group by
        organization_id,
        account_id,
        currency,
        billing_month
),

unknown as (
    select distinct
        organization_id,
        account_id,
        billing_month
    from unrated
),

final as (
    select
        organization_id,
        account_id,
        currency,
        billing_month,
        costs.cost_amount::numeric(38, 12) as cost_amount,
        revenues.revenue_amount::numeric(38, 12) as revenue_amount
    from revenues
    inner join costs
        using (organization_id, account_id, currency, billing_month)
    left join unknown
        using (organization_id, account_id, billing_month)
    where
        unknown.organization_id is null
        and costs.cost_amount is not null
        and revenues.revenue_amount is not null
)

select * from final
