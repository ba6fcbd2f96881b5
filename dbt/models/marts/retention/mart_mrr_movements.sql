{{ config(materialized="table") }}
{%- set signs = {"new": "", "expansion": "", "contraction": "-", "churn": "-", "reactivation": ""} -%}

{#- docs/definitions.md#movements -#}
with
balances as (
    select * from {{ ref('int_account_mrr') }}
    where subscription_mrr_amount is not null
),

losses as (
    select * from {{ ref('int_churned_accounts') }}
),

-- A customer who paid once and was lost since is another one than who pauses or is new, in whatever currency.
accounts as (
    select
        organization_id,
        account_id,
        month,
        max(case when bool_or(subscription_mrr_amount > 0) then month end) over earlier as last_paid_month,
        max(case when not bool_or(is_customer) then month end) over earlier as last_gone_month
    from balances
    group by
        organization_id,
        account_id,
        month
    window earlier as (
        partition by organization_id, account_id
        order by month asc
        rows between unbounded preceding and 1 preceding
    )
),

changes as (
    select
        *,
        lag(subscription_mrr_amount, 1, 0::numeric(38, 12)) over (
            partition by organization_id, account_id, currency
            order by month asc
        ) as start_mrr_amount
    from balances
),

classified as (
    select
        changes.*,
        changes.subscription_mrr_amount - changes.start_mrr_amount as change,
        case
            when changes.subscription_mrr_amount = changes.start_mrr_amount then 'none'
            when changes.start_mrr_amount = 0 and accounts.last_paid_month is null then 'new'
            when changes.start_mrr_amount = 0 and accounts.last_gone_month > accounts.last_paid_month
                then 'reactivation'
            when changes.subscription_mrr_amount = 0 and not changes.is_customer then 'churn'
            when changes.subscription_mrr_amount > changes.start_mrr_amount then 'expansion'
            else 'contraction'
        end as movement
    from changes
    inner join accounts
        on
            accounts.organization_id = changes.organization_id
            and accounts.account_id = changes.account_id
            and accounts.month = changes.month
    where changes.subscription_mrr_amount <> 0 or changes.start_mrr_amount <> 0
),

final as (
    select
        classified.organization_id,
        classified.account_id,
        classified.currency,
        classified.month,
        classified.is_complete,
        classified.plan_id,
        classified.movement,
        case when classified.movement = 'churn' then losses.is_involuntary end as is_involuntary,
        case when classified.movement = 'churn' then losses.cancel_reason end as cancel_reason,
        classified.start_mrr_amount::numeric(38, 12) as start_mrr_amount,
        {% for movement, sign in signs.items() -%}
            case
                when classified.movement = '{{ movement }}' then {{ sign }}classified.change else 0
            end::numeric(38, 12) as {{ movement }}_mrr_amount,
        {% endfor -%}
        classified.subscription_mrr_amount as end_mrr_amount
    from classified
    left join losses
        on
            losses.organization_id = classified.organization_id
            and losses.account_id = classified.account_id
            and losses.month = classified.month
)

select * from final
