{{ config(materialized="table") }}

{#- Since when the end of a customer would be known: docs/definitions.md#retention-and-lifetime-value. -#}
with
subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

closed as (
    select * from {{ ref('int_closed_months') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

signs as (
    select organization_id, ended_at as told_at from subscriptions
    union all
    -- Who left within the period of the first invoices, before the month in which it ends, may have none.
    select
        organization_id,
        greatest(issued_at, {{ month_before('period_end') }}::timestamp at time zone 'UTC') as told_at
    from invoices
    union all
    select organization_id, billing_month::timestamp at time zone 'UTC' as told_at from closed
),

final as (
    select
        organizations.organization_id,
        organizations.as_of,
        coalesce(min(signs.told_at), organizations.as_of) as observed_since
    from organizations
    left join signs
        on
            signs.organization_id = organizations.organization_id
            and signs.told_at <= organizations.as_of
    group by
        organizations.organization_id, organizations.as_of
)

select * from final
