{{ config(materialized="table") }}

{#- The movements of a month added up, 0 where there is none. -#}
with
calendar as (
    select
        months.organization_id,
        months.month,
        months.is_complete,
        months.starts_at >= observed.observed_since as is_observed
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_observed_since') }} as observed
        on observed.organization_id = months.organization_id
),

balances as (
    select * from {{ ref('int_account_mrr') }}
    where subscription_mrr_amount is not null
),

movements as (
    select * from {{ ref('mart_mrr_movements') }}
),

usage as (
    select * from {{ ref('int_usage_mrr') }}
),

-- Usage may be owed in a currency in which nobody owes a fee.
books as (
    select organization_id, currency, month, unrated_subscriptions, committed_mrr_amount from balances
    union all
    select organization_id, currency, billing_month as month, 0 as unrated_subscriptions, 0 as committed_mrr_amount
    from usage
),

months as (
    select
        organization_id,
        currency,
        month,
        sum(unrated_subscriptions) as unrated_subscriptions,
        sum(committed_mrr_amount) as committed_mrr_amount
    from books
    group by
        organization_id,
        currency,
        month
),

final as (
    select
        months.organization_id,
        months.currency,
        months.month,
        calendar.is_complete,
        calendar.is_observed,
        months.unrated_subscriptions::bigint as unrated_subscriptions,
        count(*) filter (where movements.start_mrr_amount > 0) as start_accounts,
        count(*) filter (where movements.end_mrr_amount > 0) as paying_accounts,
        {% for movement in ["new", "expansion", "contraction", "churn", "reactivation"] -%}
            count(*) filter (where movements.movement = '{{ movement }}') as {{ movement }}_accounts,
            coalesce(sum(movements.{{ movement }}_mrr_amount), 0) as {{ movement }}_mrr_amount,
        {% endfor -%}
        {% for kind, condition in {"voluntary": "is_involuntary is false", "involuntary": "is_involuntary"}.items() -%}
            count(*) filter (where movements.{{ condition }}) as {{ kind }}_churn_accounts,
            coalesce(sum(movements.churn_mrr_amount) filter (where movements.{{ condition }}), 0)
                as {{ kind }}_churn_mrr_amount,
        {% endfor -%}
        coalesce(sum(movements.start_mrr_amount), 0) as start_mrr_amount,
        -- What those who were there at the start pay at the end, and the same without what they pay more.
        coalesce(sum(movements.end_mrr_amount) filter (where movements.start_mrr_amount > 0), 0) as net_kept_mrr_amount,
        coalesce(sum(least(movements.end_mrr_amount, movements.start_mrr_amount)), 0) as gross_kept_mrr_amount,
        coalesce(sum(movements.end_mrr_amount), 0) as end_mrr_amount,
        months.committed_mrr_amount
    from months
    inner join calendar
        on
            calendar.organization_id = months.organization_id
            and calendar.month = months.month
    left join movements
        on
            movements.organization_id = months.organization_id
            and movements.currency = months.currency
            and movements.month = months.month
    group by
        months.organization_id,
        months.currency,
        months.month,
        calendar.is_complete,
        calendar.is_observed,
        months.unrated_subscriptions,
        months.committed_mrr_amount
)

select * from final
