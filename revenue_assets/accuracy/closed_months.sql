-- One row per billing month that was closed. A close takes all organizations of a source: a month that only one of them
-- shows counts for the others too, or a month that was lost whole would not be missed.
select distinct billing_month
from marts.mart_revenue_ladder
where organization_id = any(%(organizations)s)
