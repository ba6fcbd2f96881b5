{#- Which months were closed, kept from close to close: a table of all months must not need the periods of others. -#}
with
billing_periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

final as (
    select distinct
        billing_periods.organization_id,
        billing_periods.billing_month,
        organizations.has_usage
    from billing_periods
    inner join organizations
        on organizations.organization_id = billing_periods.organization_id
)

select * from final
