{{ config(materialized="table") }}

{#-
  One list of what was noticed, by the month in which it holds: docs/definitions.md#insights. `observed` is held against
  `reference`; both are numbers of the unit that the kind says.
-#}
with
months as (
    select * from {{ ref('int_months') }}
    where is_complete
),

account_margins as (
    select * from {{ ref('int_account_margins') }}
    where revenue_amount < cost_amount
),

meter_margins as (
    select * from {{ ref('int_meter_margins') }}
    where revenue_amount < cost_amount
),

upsell as (
    select * from {{ ref('int_upsell_months') }}
),

anomalies as (
    select * from {{ ref('int_anomaly_months') }}
),

-- What is at stake of a customer at risk is what it pays every month.
customers_at_risk as (
    select * from {{ ref('mart_customer_360') }}
    where risk_segment = 'at_risk'
),

noticed as (
    select
        organization_id, 'unprofitable_account' as kind, account_id, '' as meter_id, currency, billing_month as month,
        cost_amount - revenue_amount as amount, null::numeric as revenue_change_amount,
        revenue_amount as observed, cost_amount as reference, '' as detail
    from account_margins
    union all
    select
        organization_id, 'unprofitable_meter' as kind, '' as account_id, meter_id, currency, billing_month as month,
        cost_amount - revenue_amount as amount, null as revenue_change_amount,
        revenue_amount as observed, cost_amount as reference, '' as detail
    from meter_margins
    union all
    select
        organization_id, 'upsell' as kind, account_id, '' as meter_id, currency, month,
        saved_amount as amount, -saved_amount as revenue_change_amount,
        amount as observed, target_amount as reference, target_plan_name as detail
    from upsell
    union all
    select
        organization_id, kind, account_id, meter_id, currency, month,
        amount, null as revenue_change_amount,
        events as observed, expected_events as reference, detail
    from anomalies
    union all
    select
        organization_id, 'account_at_risk' as kind, account_id, '' as meter_id, coalesce(currency, 'XXX') as currency,
        month, subscription_mrr_amount as amount, null as revenue_change_amount,
        subscription_mrr_amount as observed, null as reference, array_to_string(risk_reasons, ', ') as detail
    from customers_at_risk
),

final as (
    select
        noticed.organization_id,
        md5(
            concat_ws(
                '/', noticed.organization_id, noticed.kind, noticed.account_id, noticed.meter_id, noticed.currency
            )
        ) as insight_id,
        noticed.month,
        noticed.kind,
        noticed.account_id,
        noticed.meter_id,
        noticed.currency,
        noticed.detail,
        noticed.observed::numeric(38, 12) as observed,
        noticed.reference::numeric(38, 12) as reference,
        noticed.amount::numeric(38, 12) as amount,
        noticed.revenue_change_amount::numeric(38, 12) as revenue_change_amount
    from noticed
    inner join months
        using (organization_id, month)
)

select * from final
