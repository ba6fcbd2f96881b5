{{ config(materialized="table") }}

{#- What an account used, by meter, in the billing periods that end in a month, and its events that none claims. -#}
with
margins as (
    select * from {{ ref('int_account_usage_margin') }}
),

unclaimed as (
    select
        organization_id,
        account_id,
        billing_month as month,
        sum(events)::bigint as unclaimed_events
    from {{ ref('stg_unclaimed_usage') }}
    group by organization_id, account_id, billing_month
),

-- A meter that is charged in two currencies is used once.
by_meter as (
    select
        organization_id,
        account_id,
        billing_month as month,
        meter_id,
        sum(units) as units
    from margins
    group by organization_id, account_id, billing_month, meter_id
),

used as (
    select
        organization_id,
        account_id,
        month,
        jsonb_object_agg(meter_id, trim_scale(units)) as units_by_meter
    from by_meter
    group by organization_id, account_id, month
),

final as (
    select
        organization_id,
        account_id,
        month,
        used.units_by_meter,
        unclaimed.unclaimed_events
    from used
    full outer join unclaimed using (organization_id, account_id, month)
)

select * from final
