-- A row is a finding of which nothing says what its confidence rests on: its source is missing in int_finding_parts.
{{ config(meta={"dagster": {"ref": {"name": "revmatch_leaks"}}}) }}

select leaks.finding_id
from {{ ref('revmatch_leaks') }} as leaks
left join {{ ref('int_finding_parts') }} as parts
    using (organization_id, account_id, subscription_id, item, period_start, currency, code)
where
    {{ in_build_range('leaks.billing_month') }}
    and parts.parts is null
