-- Dagster sees this view hang on the findings (revenue_assets/assets/dbt.py), so dbt has to build it after them:
-- depends_on: {{ ref('revmatch_leaks') }}
select
    finding_id,
    seen_at,
    organization_id,
    billing_month,
    gone_at,
    ended,
    resolved_by,
    finding ->> 'account_id' as account_id,
    finding ->> 'currency' as currency,
    finding ->> 'code' as code,
    finding ->> 'certainty' as certainty,
    (finding ->> 'leak_amount')::numeric(38, 12) as leak_amount
from {{ source('app', 'finding_versions') }}
