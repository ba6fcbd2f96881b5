-- A row is a number of a sentence that the rows of the mart from which it is said to be do not have, or a sentence
-- without any number. Tolerance: none.
{{ config(meta={"dagster": {"ref": {"name": "mart_executive_findings"}}}) }}

with
sentences as (
    select
        sentences.*,
        said.key as name,
        said.value as said
    from {{ ref('mart_executive_findings') }} as sentences
    left join lateral jsonb_each(sentences.numbers) as said on true
),

kpis as (
    select
        sentences.executive_finding_id,
        to_jsonb(kpis) as numbers
    from {{ ref('mart_executive_findings') }} as sentences
    inner join {{ ref('mart_executive_kpis') }} as kpis
        using (organization_id, currency, month)
    where sentences.source_mart = 'mart_executive_kpis'
),

mrr as (
    select
        sentences.executive_finding_id,
        to_jsonb(mrr) as numbers
    from {{ ref('mart_executive_findings') }} as sentences
    inner join {{ ref('mart_mrr_monthly') }} as mrr
        using (organization_id, currency, month)
    where sentences.source_mart = 'mart_mrr_monthly'
),

recoverable as (
    select
        sentences.executive_finding_id,
        jsonb_build_object(
            'outstanding_amount', sum(recoverable.outstanding_amount),
            'expected_amount', sum(recoverable.expected_amount),
            'expected_low_amount', sum(recoverable.expected_low_amount),
            'expected_high_amount', sum(recoverable.expected_high_amount)
        ) as numbers
    from {{ ref('mart_executive_findings') }} as sentences
    inner join {{ ref('mart_recoverable_revenue') }} as recoverable
        using (organization_id, currency)
    where sentences.source_mart = 'mart_recoverable_revenue'
    group by sentences.executive_finding_id
),

signals as (
    select
        sentences.executive_finding_id,
        to_jsonb(signals) as numbers
    from {{ ref('mart_executive_findings') }} as sentences
    inner join {{ ref('mart_failure_to_churn_signal') }} as signals
        on
            signals.organization_id = sentences.organization_id
            and signals.outcome = sentences.source_key ->> 'outcome'
            and signals.window_start_days = (sentences.source_key ->> 'window_start_days')::integer
            and signals.window_end_days = (sentences.source_key ->> 'window_end_days')::integer
    where sentences.source_mart = 'mart_failure_to_churn_signal'
),

insights as (
    select
        sentences.executive_finding_id,
        jsonb_build_object('rows', count(*), 'amount', sum(insights.amount)) as numbers
    from {{ ref('mart_executive_findings') }} as sentences
    inner join {{ ref('mart_insights') }} as insights
        using (organization_id, currency)
    where
        sentences.source_mart = 'mart_insights'
        and insights.insight_id = coalesce(sentences.source_key ->> 'insight_id', insights.insight_id)
        and insights.first_seen_month
        = coalesce((sentences.source_key ->> 'first_seen_month')::date, insights.first_seen_month)
    group by sentences.executive_finding_id
),

internal as (
    select * from {{ ref('stg_accounts') }}
    where is_internal
),

leaks as (
    select
        sentences.executive_finding_id,
        jsonb_build_object(
            'rows', count(*), 'leak_amount', sum(leaks.leak_amount),
            'recoverable_amount', sum(leaks.recoverable_amount), 'recoverable_until', min(leaks.recoverable_until)
        ) as numbers
    from {{ ref('mart_executive_findings') }} as sentences
    inner join {{ ref('revmatch_leaks') }} as leaks
        on
            leaks.organization_id = sentences.source_key ->> 'organization_id'
            and leaks.currency = sentences.source_key ->> 'currency'
            and leaks.billing_month = (sentences.source_key ->> 'billing_month')::date
            and leaks.certainty = sentences.source_key ->> 'certainty'
            and leaks.direction = sentences.source_key ->> 'direction'
    left join internal
        on
            internal.organization_id = leaks.organization_id
            and internal.account_id = leaks.account_id
    where
        sentences.source_mart = 'revmatch_leaks'
        and internal.account_id is null
        and leaks.code = coalesce(sentences.source_key ->> 'code', leaks.code)
        and leaks.remedy = coalesce(sentences.source_key ->> 'remedy', leaks.remedy)
        and leaks.account_id = coalesce(sentences.source_key ->> 'account_id', leaks.account_id)
    group by sentences.executive_finding_id
),

in_marts as (
    {% for mart in ["kpis", "mrr", "recoverable", "signals", "insights", "leaks"] -%}
        select executive_finding_id, numbers from {{ mart }}
        {%- if not loop.last %}
            union all
        {% endif -%}
    {% endfor %}
)

select
    sentences.executive_finding_id,
    sentences.sentence,
    sentences.source_mart,
    sentences.name,
    sentences.said,
    in_marts.numbers -> sentences.name as in_mart
from sentences
left join in_marts
    on in_marts.executive_finding_id = sentences.executive_finding_id
where
    sentences.said is null
    or in_marts.numbers -> sentences.name is distinct from sentences.said
