{{ config(materialized="view", post_hook=[]) }}
{#- The shares whose change may be worth a sentence, in words. -#}
{%- set shares = {
    "payment_failure_rate": "The share of invoices with a declined payment",
    "cancel_intent_rate": "The share of customers with an intent to cancel",
    "leak_under_rate": "The share of entitled revenue that was lost",
    "leak_over_rate": "Over-billing as a share of entitled revenue",
    "assurance_coverage_rate": "The share of invoiced revenue that could be checked on every rung",
} -%}

with
kpis as (
    select
        kpis.*,
        currencies.minor_unit,
        kpis.total_revenue_amount_change / nullif(kpis.total_revenue_amount_previous, 0) as revenue_growth,
        to_char(kpis.month - interval '1 month', 'FMMonth') as previous_month
    from {{ ref('mart_executive_kpis') }} as kpis
    inner join {{ ref('stg_currencies') }} as currencies
        on currencies.currency = kpis.currency
    where kpis.is_complete
),

revenue as (
    select
        kpis.*,
        'Total revenue was ' || {{ money_text('total_revenue_amount', 'kpis') }}
        || ' in ' || {{ month_text('month') }}
        || case
            when total_revenue_amount_change is null then '; there is no closed month before it to compare with.'
            when total_revenue_amount_change = 0 then ', as much as in ' || previous_month || '.'
            else
                ', ' || {{ money_text('abs(total_revenue_amount_change)', 'kpis') }}
                || coalesce(' (' || {{ percent_text('abs(revenue_growth)') }} || ')', '')
                || case when total_revenue_amount_change > 0 then ' more than in ' else ' less than in ' end
                || previous_month || '.'
        end as sentence
    from kpis
    where total_revenue_amount <> 0 or total_revenue_amount_previous <> 0
),

customers as (
    select
        kpis.*,
        {{ counted('paying_customers', 'customer') }} || ' paid for ' || {{ month_text('month') }} || ', '
        || to_char(abs(paying_customers_change), 'FM999,999,990')
        || case when paying_customers_change > 0 then ' more than for ' else ' fewer than for ' end
        || previous_month || '.' as sentence
    from kpis
    where paying_customers_change <> 0
),

shares as (
    {% for kpi, name in shares.items() -%}
        select
            kpis.*,
            '{{ kpi }}' as kpi,
            {{ kpi }}_change as change,
            '{{ name }}'
            || case when {{ kpi }}_change > 0 then ' rose' else ' fell' end
            || ' by ' || {{ points_text(kpi ~ '_change') }}
            || ' to ' || {{ percent_text(kpi) }} || ' in ' || {{ month_text('month') }} || '.' as sentence,
            jsonb_build_object(
                '{{ kpi }}', {{ kpi }}, '{{ kpi }}_previous', {{ kpi }}_previous, '{{ kpi }}_change', {{ kpi }}_change
            ) as numbers
        from kpis
        where abs({{ kpi }}_change) >= 0.0005
        {%- if not loop.last %}
            union all
        {% endif -%}
    {% endfor %}
),

largest as (
    select
        *,
        row_number() over (partition by organization_id, currency, month order by abs(change) desc, kpi asc) as place
    from shares
),

recovered as (
    select
        kpis.*,
        'Of the losses reported for ' || {{ month_text('month') }} || ', '
        || {{ money_text('noted_leak_amount', 'kpis') }} || ', ' || {{ money_text('resolved_leak_amount', 'kpis') }}
        || ' (' || {{ percent_text('leak_recovery_rate') }} || ') has been made good.' as sentence
    from kpis
    where resolved_leak_amount > 0
),

said as (
    select
        organization_id, currency, month, 10 as position, 'total_revenue' as subject, sentence,
        jsonb_strip_nulls(jsonb_build_object(
            'total_revenue_amount', total_revenue_amount,
            'total_revenue_amount_previous', total_revenue_amount_previous,
            'total_revenue_amount_change', total_revenue_amount_change
        )) as numbers
    from revenue
    union all
    select
        organization_id, currency, month, 40 as position, 'paying_customers' as subject, sentence,
        jsonb_build_object(
            'paying_customers', paying_customers, 'paying_customers_change', paying_customers_change
        ) as numbers
    from customers
    union all
    select organization_id, currency, month, 20 + place as position, kpi as subject, sentence, numbers
    from largest
    where place <= 2
    union all
    select
        organization_id, currency, month, 50 as position, 'leak_recovery' as subject, sentence,
        jsonb_build_object(
            'noted_leak_amount', noted_leak_amount, 'resolved_leak_amount', resolved_leak_amount,
            'leak_recovery_rate', leak_recovery_rate
        ) as numbers
    from recovered
),

final as (
    select
        organization_id,
        currency,
        month,
        'what_changed' as topic,
        subject,
        position::integer as position,
        sentence,
        'mart_executive_kpis' as source_mart,
        jsonb_build_object('organization_id', organization_id, 'currency', currency, 'month', month) as source_key,
        numbers
    from said
)

select * from final
