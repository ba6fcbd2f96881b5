{{ config(materialized="table") }}

{#- What speaks for the loss of a customer, by month: the rules of seed risk_rules whose measure reaches its threshold.
    docs/definitions.md#customer-360 -#}
with
months as (
    select * from {{ ref('int_account_months') }}
),

rules as (
    select * from {{ ref('risk_rules') }}
),

engagement as (
    select * from {{ ref('mart_engagement') }}
),

payments as (
    select * from {{ ref('int_account_payments') }}
),

money as (
    select * from {{ ref('int_account_money') }}
),

-- Announced: all that is in service at the end of the month has an end already.
announced as (
    select
        months.organization_id,
        months.account_id,
        months.month
    from months
    inner join {{ ref('int_service_times') }} as served
        on
            served.organization_id = months.organization_id
            and served.account_id = months.account_id
            and served.served_from < months.seen_until
            and served.served_until >= months.seen_until
    group by months.organization_id, months.account_id, months.month, months.seen_until
    having bool_and(coalesce(served.canceled_at < months.seen_until, false))
),

measured as (
    select
        months.organization_id,
        months.account_id,
        months.month,
        engagement.cancel_intents,
        engagement.support_tickets,
        -- Of a handful of days a lost one is half.
        case when engagement.previous_active_days >= 5 then -engagement.active_days_change end as active_days_lost_rate,
        announced.month is not null as is_announced,
        payments.lost_invoices,
        payments.troubled_invoices,
        money.leak_over_amount,
        1 - money.subscription_mrr_amount / nullif(before.subscription_mrr_amount, 0) as mrr_lost_rate
    from months
    left join engagement using (organization_id, account_id, month)
    left join payments using (organization_id, account_id, month)
    left join money using (organization_id, account_id, month)
    left join announced using (organization_id, account_id, month)
    left join money as before
        on
            before.organization_id = months.organization_id
            and before.account_id = months.account_id
            and before.month = (months.month - interval '1 month')::date
),

final as (
    select
        measured.organization_id,
        measured.account_id,
        measured.month,
        rules.rule,
        rules.segment,
        measures.value::numeric(38, 12) as value
    from measured
    cross join
        lateral (
            values
            ('cancel_intents', measured.cancel_intents),
            ('support_tickets', measured.support_tickets),
            ('active_days_lost_rate', measured.active_days_lost_rate),
            ('announced_ends', measured.is_announced::integer),
            ('lost_invoices', measured.lost_invoices),
            ('troubled_invoices', measured.troubled_invoices),
            ('overbilled_items', (measured.leak_over_amount > 0)::integer),
            ('mrr_lost_rate', measured.mrr_lost_rate)
        ) as measures (measure, value)
    inner join rules
        on
            rules.measure = measures.measure
            and measures.value >= rules.threshold
)

select * from final
