{{ config(materialized="table") }}

{#- Payments that succeeded and that an index failure may be compared with: of customers on the same plan, as long
    customers, in the same calendar month; at most three of a customer, those first that share the country too. -#}
with
failures as (
    select * from {{ ref('int_index_failures') }}
),

-- The first one of a month stands for a customer who is asked more often.
moments as (
    select distinct on (organization_id, account_id, month) *
    from {{ ref('int_payment_moments') }}
    where is_untroubled and is_followed and not has_failed
    order by organization_id, account_id, month, asked_at
),

alike as (
    select
        moments.organization_id,
        moments.account_id,
        moments.asked_at,
        moments.month,
        moments.plan_id,
        moments.country,
        moments.tenure_band,
        bool_or(failures.country = moments.country) as has_country_too
    from moments
    inner join failures
        on
            failures.organization_id = moments.organization_id
            and failures.plan_id = moments.plan_id
            and failures.tenure_band = moments.tenure_band
            and failures.month = moments.month
            and failures.account_id <> moments.account_id
    group by
        moments.organization_id, moments.account_id, moments.asked_at,
        moments.month, moments.plan_id, moments.country, moments.tenure_band
),

ranked as (
    select
        *,
        row_number() over (
            partition by organization_id, account_id
            order by has_country_too desc, md5(account_id || month::text)
        ) as nth_of_account
    from alike
),

final as (
    select
        organization_id,
        account_id,
        asked_at,
        month,
        plan_id,
        country,
        tenure_band
    from ranked
    where nth_of_account <= 3
)

select * from final
