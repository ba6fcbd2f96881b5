{{ config(materialized="table") }}

{#- docs/definitions.md#recurring-revenue -#}
with
served as (
    select * from {{ ref('int_subscription_months') }}
    where is_in_service
),

fees as (
    select * from {{ ref('int_fees_in_force') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

-- No price of a fee is a fee of nothing; one that cannot be told is unknown.
priced as (
    select
        served.organization_id,
        served.account_id,
        served.subscription_id,
        served.month,
        coalesce(fees.currency, served.currency) as currency,
        served.plan_id,
        served.interval_months,
        served.period_start,
        fees.price_id,
        case
            when not organizations.has_contract then null
            when fees.subscription_id is null then 0
            else fees.fee_amount
        end as fee_amount
    from served
    inner join organizations
        on organizations.organization_id = served.organization_id
    left join fees
        on
            fees.organization_id = served.organization_id
            and fees.subscription_id = served.subscription_id
            and fees.month = served.month
),

discounts as (
    select
        priced.organization_id,
        priced.subscription_id,
        priced.month,
        least(coalesce(sum(discounts.percent_off), 0), 100) as percent_off,
        sum(discounts.amount_off) as amount_off
    from priced
    inner join {{ ref('stg_discounts') }} as discounts
        on
            discounts.organization_id = priced.organization_id
            and discounts.subscription_id = priced.subscription_id
            and discounts.valid_from <= priced.period_start
            and discounts.valid_to > priced.period_start
            and coalesce(discounts.meter_id, 'recurring') = 'recurring'
    group by
        priced.organization_id,
        priced.subscription_id,
        priced.month
),

minimums as (
    select
        priced.organization_id,
        priced.subscription_id,
        priced.month,
        sum(commitments.amount) as minimum_amount
    from priced
    inner join {{ ref('stg_commitments') }} as commitments
        on
            commitments.organization_id = priced.organization_id
            and commitments.subscription_id = priced.subscription_id
            and commitments.kind = 'minimum'
            and commitments.currency = priced.currency
            and commitments.valid_from <= priced.period_start
            and commitments.valid_to > priced.period_start
    group by
        priced.organization_id,
        priced.subscription_id,
        priced.month
),

billed as (
    select
        priced.*,
        coalesce(minimums.minimum_amount, 0) as minimum_amount,
        priced.fee_amount - {{ fee_discount('priced.fee_amount', 'discounts', 'currencies.minor_unit') }} as net_amount
    from priced
    inner join currencies
        on currencies.currency = priced.currency
    left join discounts
        on
            discounts.organization_id = priced.organization_id
            and discounts.subscription_id = priced.subscription_id
            and discounts.month = priced.month
    left join minimums
        on
            minimums.organization_id = priced.organization_id
            and minimums.subscription_id = priced.subscription_id
            and minimums.month = priced.month
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        month,
        currency,
        plan_id,
        interval_months,
        price_id,
        (net_amount::numeric(68, 30) / interval_months)::numeric(38, 12) as subscription_mrr_amount,
        case
            when net_amount is not null then greatest(net_amount, minimum_amount)::numeric(68, 30) / interval_months
        end::numeric(38, 12) as committed_mrr_amount
    from billed
)

select * from final
