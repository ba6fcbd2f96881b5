-- A row is an organization and window in which the failed payments that are compared, with those that nothing is like,
-- are not all index failures. Tolerance: none, these are counts; churn can come to every customer.
{{ config(meta={"dagster": {"ref": {"name": "mart_failure_to_churn_signal"}}}) }}

with
counted as (
    select
        organization_id,
        count(*) as index_failures
    from {{ ref('int_index_failures') }}
    group by organization_id
)

select
    signal.organization_id,
    signal.window_start_days,
    signal.window_end_days,
    signal.failures,
    signal.unmatched_failures,
    counted.index_failures
from {{ ref('mart_failure_to_churn_signal') }} as signal
left join counted
    on counted.organization_id = signal.organization_id
where
    signal.outcome = 'churn'
    and signal.failures + signal.unmatched_failures <> coalesce(counted.index_failures, 0)
