{{ config(materialized="incremental", incremental_strategy="replace_all") }}
{%- set kinds = {
    "unprofitable_account": ("unprofitable account", "unprofitable accounts"),
    "unprofitable_meter": ("unprofitable meter", "unprofitable meters"),
    "account_at_risk": ("account at risk", "accounts at risk"),
    "usage_drop": ("drop in usage", "drops in usage"),
    "usage_spike": ("spike in usage", "spikes in usage"),
    "upsell": ("account that would pay less on a higher plan", "accounts that would pay less on a higher plan"),
} -%}

{#- What was noticed for the first time in a month, and the largest of what still holds. -#}
with
insights as (
    select * from {{ ref('mart_insights') }}
),

figures as (
    select
        *,
        month = max(month) over (partition by organization_id, currency) as is_newest
    from {{ ref('int_month_figures') }}
    where is_complete
),

noticed as (
    select
        organization_id,
        currency,
        first_seen_month as month,
        count(*) as insights,
        concat_ws(
            ', ',
            {% for kind, (one, many) in kinds.items() -%}
                case
                    when count(*) filter (where kind = '{{ kind }}') > 0
                        then {{ counted("count(*) filter (where kind = '" ~ kind ~ "')", one, many) }}
                end{{ "," if not loop.last }}
            {% endfor -%}
        ) as parts
    from insights
    group by organization_id, currency, first_seen_month
),

largest as (
    select distinct on (organization_id, currency)
        organization_id,
        currency,
        insight_id,
        summary,
        amount
    from insights
    where status = 'active' and amount > 0
    order by organization_id asc, currency asc, amount desc, insight_id asc
),

said as (
    select
        figures.organization_id, figures.currency, figures.month, 10 as position, 'new' as subject,
        'New in ' || {{ month_text('figures.month') }} || ': ' || noticed.parts || '.' as sentence,
        jsonb_build_object('first_seen_month', figures.month) as source_key,
        jsonb_build_object('rows', noticed.insights) as numbers
    from figures
    inner join noticed
        using (organization_id, currency, month)
    union all
    select
        figures.organization_id, figures.currency, figures.month, 20 as position, 'largest' as subject,
        largest.summary as sentence,
        jsonb_build_object('insight_id', largest.insight_id) as source_key,
        jsonb_build_object('amount', largest.amount) as numbers
    from figures
    inner join largest
        using (organization_id, currency)
    where figures.is_newest
),

final as (
    select
        organization_id,
        currency,
        month,
        'insights' as topic,
        subject,
        position,
        sentence,
        'mart_insights' as source_mart,
        source_key || jsonb_build_object('organization_id', organization_id, 'currency', currency) as source_key,
        numbers
    from said
)

select * from final
