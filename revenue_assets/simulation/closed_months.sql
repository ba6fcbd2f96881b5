-- One row per organization and billing month that was closed.
select distinct
    organization_id,
    billing_month
from marts.mart_revenue_ladder
where organization_id = any(%(organizations)s)
