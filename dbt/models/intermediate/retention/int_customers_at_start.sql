{{ config(materialized="table") }}

{#- Who was a customer at the start of a month, on which plan, at which fee. -#}
with
states as (
    select * from {{ ref('int_subscription_months') }}
),

mrr as (
    select * from {{ ref('int_subscription_mrr') }}
),

-- What stood at the end of a month stands at the start of the next one; a pause pays nothing.
final as (
    select
        states.organization_id,
        states.account_id,
        coalesce(mrr.currency, states.currency) as currency,
        (states.month + interval '1 month')::date as month,
        (array_agg(states.plan_id order by mrr.subscription_mrr_amount desc nulls last, states.subscription_id asc))[1]
            as plan_id,
        case
            when count(*) filter (where states.is_in_service and mrr.subscription_mrr_amount is null) = 0
                then coalesce(sum(mrr.subscription_mrr_amount), 0)
        end::numeric(38, 12) as subscription_amount
    from states
    left join mrr
        on
            mrr.organization_id = states.organization_id
            and mrr.subscription_id = states.subscription_id
            and mrr.month = states.month
    group by
        states.organization_id, states.account_id, coalesce(mrr.currency, states.currency), states.month
)

select * from final
