{{ config(materialized="table") }}

{#- Which accounts have a row of engagement in which month: those that did something, and every customer, for that one
    did nothing is what matters most. -#}
with
months as (
    select * from {{ ref('int_engagement_months') }}
),

days as (
    select * from {{ ref('int_engagement_days') }}
),

served as (
    select * from {{ ref('int_service_times') }}
),

final as (
    select
        organization_id,
        account_id,
        month
    from days
    union
    select
        served.organization_id,
        served.account_id,
        months.month
    from served
    inner join months
        on
            months.organization_id = served.organization_id
            and months.ends_at > served.served_from
            and months.starts_at < served.served_until
)

select * from final
