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
        organization_id,
        currency,
        month,
        to_jsonb(kpis) as numbers
    from {{ ref('mart_executive_kpis') }} as kpis
),

mrr as (
    select
        organization_id,
        currency,
        month,
        to_jsonb(mrr) as numbers
    from {{ ref('mart_mrr_monthly') }} as mrr
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
)

select
    sentences.executive_finding_id,
    sentences.sentence,
    sentences.source_mart,
    sentences.name,
    sentences.said,
    coalesce(leaks.numbers, kpis.numbers, mrr.numbers) -> sentences.name as in_mart
from sentences
left join leaks
    on leaks.executive_finding_id = sentences.executive_finding_id
left join kpis
    on
        sentences.source_mart = 'mart_executive_kpis'
        and kpis.organization_id = sentences.organization_id
        and kpis.currency = sentences.currency
        and kpis.month = sentences.month
left join mrr
    on
        sentences.source_mart = 'mart_mrr_monthly'
        and mrr.organization_id = sentences.organization_id
        and mrr.currency = sentences.currency
        and mrr.month = sentences.month
where
    sentences.said is null
    or coalesce(leaks.numbers, kpis.numbers, mrr.numbers) -> sentences.name is distinct from sentences.said
