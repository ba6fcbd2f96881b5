{{ config(materialized="view", post_hook=[]) }}

{#- Whole periods, and every higher plan of the same currency and interval: docs/definitions.md#insights. -#}
with
periods as (
    select * from {{ ref('stg_billing_periods') }}
    where
        {{ in_build_range('billing_month') }}
        and days_in_service = days_in_period
        and seconds_in_service = seconds_in_period
),

plans as (
    select * from {{ ref('stg_plans') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

final as (
    select
        periods.organization_id,
        periods.account_id,
        periods.subscription_id,
        periods.period_start,
        periods.currency,
        higher.plan_id as target_plan_id,
        own.plan_id,
        periods.period_end,
        periods.billing_month,
        currencies.minor_unit
    from periods
    inner join plans as own
        on
            own.organization_id = periods.organization_id
            and own.plan_id = periods.plan_id
    inner join plans as higher
        on
            higher.organization_id = own.organization_id
            and higher.currency = own.currency
            and higher.billing_interval = own.billing_interval
            and higher.rank > own.rank
    inner join currencies
        on currencies.currency = periods.currency
    inner join accounts
        on
            accounts.organization_id = periods.organization_id
            and accounts.account_id = periods.account_id
    where not accounts.is_internal
)

select * from final
