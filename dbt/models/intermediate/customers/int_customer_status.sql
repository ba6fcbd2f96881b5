{{ config(materialized="table") }}

{#- Whether an account is a customer at the end of a month, on which plan, and how safe it is: the worst segment of the
    rules that hold. docs/definitions.md#customer-360 -#}
with
months as (
    select * from {{ ref('int_account_months') }}
),

risks as (
    select
        organization_id,
        account_id,
        month,
        array_agg(rule order by rule) as risk_reasons,
        bool_or(segment = 'at_risk') as is_at_risk
    from {{ ref('int_account_risks') }}
    group by organization_id, account_id, month
),

-- In several currencies: the plan of the first one that is in service.
customers as (
    select
        organization_id,
        account_id,
        month,
        coalesce((array_agg(plan_id order by currency) filter (where plan_id <> ''))[1], '') as plan_id,
        bool_or(is_customer) as is_customer
    from {{ ref('int_account_mrr') }}
    group by organization_id, account_id, month
),

-- Also who came and left within a month. A trial that ended as one never had a customer.
first_days as (
    select
        organization_id,
        account_id,
        min(greatest(started_at, trial_end)) as became_customer_at
    from {{ ref('stg_subscriptions') }}
    where coalesce(ended_at > greatest(started_at, trial_end), true)
    group by organization_id, account_id
),

known as (
    select
        months.organization_id,
        months.account_id,
        months.month,
        coalesce(customers.plan_id, '') as plan_id,
        coalesce(customers.is_customer, false) as is_customer,
        coalesce(first_days.became_customer_at < months.seen_until, false) as has_been_customer,
        risks.risk_reasons,
        risks.is_at_risk
    from months
    left join customers using (organization_id, account_id, month)
    left join risks using (organization_id, account_id, month)
    left join first_days
        on
            first_days.organization_id = months.organization_id
            and first_days.account_id = months.account_id
),

final as (
    select
        organization_id,
        account_id,
        month,
        plan_id,
        is_customer,
        case
            when not has_been_customer then 'no_customer'
            when not is_customer then 'churned'
            when is_at_risk then 'at_risk'
            when risk_reasons is not null then 'watch'
            else 'healthy'
        end as risk_segment,
        coalesce(risk_reasons, '{}') as risk_reasons
    from known
)

select * from final
