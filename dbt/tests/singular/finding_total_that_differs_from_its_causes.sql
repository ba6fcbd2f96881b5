-- A row is an organization, currency, month and code whose findings do not sum to its causes. Usage outside of the
-- ladder is no cause of an item.
{{ config(meta={"dagster": {"ref": {"name": "revmatch_leaks"}}}) }}

with
findings as (
    select
        organization_id, currency, billing_month, code,
        count(*) as finding_count,
        sum(leak_amount) as leak_amount
    from {{ ref('revmatch_leaks') }}
    where
        certainty = 'confirmed'
        and bucket <> 'usage_outside_ladder'
        and code <> 'C8' -- evidence only: beside the ladder
    group by organization_id, currency, billing_month, code
),

causes as (
    select
        causes.organization_id, causes.currency, causes.billing_month, causes.code,
        count(*) as cause_count,
        sum(causes.leak_amount) as leak_amount
    from {{ ref('int_leak_causes') }} as causes
    inner join {{ ref('leak_codes') }} as codes
        on codes.code = causes.code
    where codes.is_finding
    group by causes.organization_id, causes.currency, causes.billing_month, causes.code
)

select
    organization_id,
    currency,
    billing_month,
    code,
    findings.leak_amount as findings_amount,
    causes.leak_amount as causes_amount
from findings
full join causes
    using (organization_id, currency, billing_month, code)
where
    findings.leak_amount is distinct from causes.leak_amount
    or findings.finding_count is distinct from causes.cause_count
