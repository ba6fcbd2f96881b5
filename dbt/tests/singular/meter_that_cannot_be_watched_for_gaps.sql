-- A row is a meter and month of which nobody can say whether usage was lost on its way in: too few events or too short
-- a history. It is no sign of a gap, and no sign that there is none.
{{ config(severity="warn") }}

select
    organization_id,
    meter_id,
    billing_month,
    events,
    weeks,
    reason
from {{ ref('stg_watched_meters') }}
where
    {{ in_build_range('billing_month') }}
    and judged_hours = 0
