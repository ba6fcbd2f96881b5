{{ config(materialized="table") }}

{#- What was noticed and for how long it has held; life follows from the months alone: docs/definitions.md#insights. -#}
with
insight_months as (
    select
        months.*,
        coalesce(currencies.minor_unit, 2) as minor_unit
    from {{ ref('int_insight_months') }} as months
    inner join {{ ref('stg_currencies') }} as currencies
        on currencies.currency = months.currency
),

complete_months as (
    select * from {{ ref('int_months') }}
    where is_complete
),

closed_months as (
    select
        organization_id,
        billing_month as month
    from {{ ref('int_closed_months') }}
),

judged_months as (
    select
        closed_months.organization_id,
        closed_months.month,
        lead(closed_months.month) over (
            partition by closed_months.organization_id order by closed_months.month
        ) as next_month
    from closed_months
    inner join complete_months
        using (organization_id, month)
),

lives as (
    select
        organization_id,
        insight_id,
        min(month) as first_seen_month,
        max(month) as last_seen_month,
        count(*) as months_seen,
        sum(amount) as total_amount
    from insight_months
    group by
        organization_id,
        insight_id
),

final as (
    select
        lives.organization_id,
        lives.insight_id,
        newest.kind,
        newest.account_id,
        newest.meter_id,
        newest.currency,
        lives.first_seen_month,
        lives.last_seen_month,
        lives.months_seen,
        case when judged_months.next_month is null then 'active' else 'resolved' end as status,
        judged_months.next_month as resolved_month,
        {{ insight_summary('newest') }} as summary,
        newest.detail,
        oldest.observed as first_observed,
        newest.observed as last_observed,
        newest.reference as last_reference,
        newest.amount,
        lives.total_amount::numeric(38, 12) as total_amount,
        newest.revenue_change_amount
    from lives
    inner join insight_months as newest
        on
            newest.organization_id = lives.organization_id
            and newest.insight_id = lives.insight_id
            and newest.month = lives.last_seen_month
    inner join insight_months as oldest
        on
            oldest.organization_id = lives.organization_id
            and oldest.insight_id = lives.insight_id
            and oldest.month = lives.first_seen_month
    left join judged_months
        on
            judged_months.organization_id = lives.organization_id
            and judged_months.month = lives.last_seen_month
)

select * from final
