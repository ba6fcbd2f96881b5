{{ config(materialized="incremental", incremental_strategy="replace_all") }}

{#- How recurring revenue moved in a closed month. -#}
with
months as (
    select
        mrr.*,
        figures.minor_unit,
        mrr.end_mrr_amount - mrr.start_mrr_amount as movement_amount
    from {{ ref('mart_mrr_monthly') }} as mrr
    inner join {{ ref('int_month_figures') }} as figures
        using (organization_id, currency, month)
    where figures.is_complete and (mrr.start_mrr_amount > 0 or mrr.end_mrr_amount > 0)
),

moved as (
    select
        months.*,
        concat_ws(
            ', ',
            {% for movement, name in {
                "new": "new", "expansion": "expansion", "reactivation": "reactivation", "contraction": "contraction",
                "churn": "churn",
            }.items() -%}
                case
                    when {{ movement }}_mrr_amount > 0
                        then {{ money_text(movement ~ '_mrr_amount', 'months') }} || ' {{ name }}'
                end{{ "," if not loop.last }}
            {% endfor -%}
        ) as parts
    from months
),

said as (
    select
        organization_id, currency, month, 10 as position, 'movement' as subject,
        'MRR ' || case
            when movement_amount > 0 then 'grew by ' || {{ money_text('movement_amount', 'moved') }} || ' to '
            when movement_amount < 0 then 'fell by ' || {{ money_text('abs(movement_amount)', 'moved') }} || ' to '
            else 'stayed at '
        end
        || {{ money_text('end_mrr_amount', 'moved') }} || ' in ' || {{ month_text('month') }}
        || case when parts = '' then '.' else ': ' || parts || '.' end as sentence,
        jsonb_build_object(
            'start_mrr_amount', start_mrr_amount, 'new_mrr_amount', new_mrr_amount,
            'expansion_mrr_amount', expansion_mrr_amount, 'reactivation_mrr_amount', reactivation_mrr_amount,
            'contraction_mrr_amount', contraction_mrr_amount, 'churn_mrr_amount', churn_mrr_amount,
            'end_mrr_amount', end_mrr_amount
        ) as numbers
    from moved
    union all
    select
        organization_id, currency, month, 20 as position, 'churn' as subject,
        {{ counted('churn_accounts', 'customer') }} || ' left with ' || {{ money_text('churn_mrr_amount', 'months') }}
        || ' of MRR'
        || case
            when involuntary_churn_accounts = 0 then ''
            when involuntary_churn_accounts = churn_accounts then ', because of a payment'
            else ', ' || to_char(involuntary_churn_accounts, 'FM999,999,990') || ' of them because of a payment'
        end || '.' as sentence,
        jsonb_build_object(
            'churn_accounts', churn_accounts, 'involuntary_churn_accounts', involuntary_churn_accounts,
            'churn_mrr_amount', churn_mrr_amount
        ) as numbers
    from months
    where churn_accounts > 0
),

final as (
    select
        organization_id,
        currency,
        month,
        'recurring_revenue' as topic,
        subject,
        position,
        sentence,
        'mart_mrr_monthly' as source_mart,
        jsonb_build_object('organization_id', organization_id, 'currency', currency, 'month', month) as source_key,
        numbers
    from said
)

select * from final
