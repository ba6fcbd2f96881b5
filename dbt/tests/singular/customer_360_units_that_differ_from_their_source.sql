-- A row is an organization, month and meter whose units on the customers do not sum to those of their billing periods.
-- Tolerance: none; a meter that is charged in two currencies is used once.
{{ config(meta={"dagster": {"ref": {"name": "mart_customer_360"}}}) }}

with
here as (
    select
        customers.organization_id,
        customers.month,
        meters.meter_id,
        sum(meters.units::numeric) as units
    from {{ ref('mart_customer_360') }} as customers
    cross join lateral jsonb_each_text(customers.units_by_meter) as meters (meter_id, units)
    group by customers.organization_id, customers.month, meters.meter_id
),

source as (
    select
        organization_id,
        billing_month as month,
        meter_id,
        sum(units) as units
    from {{ ref('int_account_usage_margin') }}
    group by organization_id, billing_month, meter_id
)

select
    organization_id,
    month,
    meter_id,
    here.units,
    source.units as source_units
from here
full outer join source using (organization_id, month, meter_id)
where coalesce(here.units, 0) <> coalesce(source.units, 0)
