{{ config(materialized="table") }}

{#- docs/definitions.md#cohorts -#}
with
months as (
    select * from {{ ref('int_cohort_months') }}
),

calendar as (
    select * from {{ ref('int_months') }}
),

observed as (
    select * from {{ ref('int_observed_since') }}
),

cohorts as (
    select
        organization_id,
        currency,
        cohort_month,
        age_months,
        month,
        count(*) as start_accounts,
        count(*) filter (where is_customer) as kept_accounts,
        count(*) filter (where mrr_amount > 0) as paying_accounts,
        sum(unrated_subscriptions)::bigint as unrated_subscriptions,
        sum(start_mrr_amount) as start_mrr_amount,
        sum(mrr_amount) as mrr_amount,
        -- Capped for each account: what one pays more never hides what another pays less.
        sum(least(mrr_amount, start_mrr_amount)) as gross_kept_mrr_amount
    from months
    group by
        organization_id, currency, cohort_month, age_months, month
),

-- Of a cohort that began before ends were known only those are known who stayed: any rate would be too good.
compared as (
    select
        cohorts.*,
        observed.observed_since < calendar.ends_at as is_whole,
        case when observed.observed_since < calendar.ends_at then cohorts.start_accounts end as whole_accounts,
        case when observed.observed_since < calendar.ends_at then cohorts.start_mrr_amount end as whole_mrr_amount
    from cohorts
    inner join calendar
        on
            calendar.organization_id = cohorts.organization_id
            and calendar.month = cohorts.cohort_month
    inner join observed
        on observed.organization_id = cohorts.organization_id
),

final as (
    select
        organization_id,
        currency,
        cohort_month,
        age_months,
        month,
        is_whole,
        start_accounts,
        kept_accounts,
        paying_accounts,
        unrated_subscriptions,
        round(kept_accounts::numeric / whole_accounts, 12)::numeric(38, 12) as logo_retention_rate,
        round(mrr_amount / whole_mrr_amount, 12)::numeric(38, 12) as revenue_retention_rate,
        round(gross_kept_mrr_amount / whole_mrr_amount, 12)::numeric(38, 12) as gross_revenue_retention_rate,
        start_mrr_amount::numeric(38, 12) as start_mrr_amount,
        mrr_amount::numeric(38, 12) as mrr_amount,
        gross_kept_mrr_amount::numeric(38, 12) as gross_kept_mrr_amount
    from compared
)

select * from final
