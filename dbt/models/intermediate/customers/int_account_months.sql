{{ config(materialized="table") }}

{#- Every account that is not internal, for each month from its creation or from the first that is known of it,
    whichever is earlier, to the month of as_of or to the last that is known. Accounts that billing does not know are there too. -#}
with
organizations as (
    select * from {{ ref('stg_organizations') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

closed as (
    select distinct
        organization_id,
        billing_month as month
    from {{ ref('stg_billing_periods') }}
),

known as (
    select organization_id, account_id, (created_at at time zone 'UTC')::date as day from accounts
    union all
    select organization_id, account_id, (started_at at time zone 'UTC')::date as day from {{ ref('stg_subscriptions') }}
    union all
    select organization_id, account_id, (issued_at at time zone 'UTC')::date as day from {{ ref('stg_invoices') }}
    union all
    select organization_id, account_id, month as day from {{ ref('int_invoice_payments') }}
    union all
    select organization_id, account_id, day from {{ ref('int_engagement_days') }}
    union all
    select organization_id, account_id, billing_month as day from {{ ref('stg_unclaimed_usage') }}
    union all
    select organization_id, account_id, month as day from {{ ref('int_account_amounts') }}
),

spans as (
    select
        known.organization_id,
        known.account_id,
        organizations.as_of,
        date_trunc('month', min(known.day)::timestamp) as first_month,
        greatest(
            date_trunc('month', organizations.as_of at time zone 'UTC'),
            date_trunc('month', max(known.day)::timestamp)
        ) as last_month
    from known
    inner join organizations
        on organizations.organization_id = known.organization_id
    left join accounts
        on
            accounts.organization_id = known.organization_id
            and accounts.account_id = known.account_id
    where accounts.is_internal is not true and known.account_id <> ''
    group by known.organization_id, known.account_id, organizations.as_of
),

final as (
    select
        spans.organization_id,
        spans.account_id,
        months.month_start::date as month,
        least((months.month_start + interval '1 month') at time zone 'UTC', spans.as_of) as seen_until,
        (months.month_start + interval '1 month') at time zone 'UTC' <= spans.as_of as is_complete,
        closed.month is not null as is_closed
    from spans
    cross join
        lateral generate_series(spans.first_month, spans.last_month, interval '1 month')
            as months (month_start)
    left join closed
        on
            closed.organization_id = spans.organization_id
            and closed.month = months.month_start::date
)

select * from final
