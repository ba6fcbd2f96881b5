{{ config(materialized="table") }}

{#- To every index failure up to four payments that succeeded, of other customers of the same plan, country, tenure and
    calendar month. They are dealt out in the order of a hash, so a rerun gives the same ones: each payment once, a
    customer at most three times. Nothing that came after the payment decides who is a control: a customer whose later
    payment fails stays, or the controls would be those who did well. -#}
with
failures as (
    select
        *,
        row_number() over (stratum order by md5(account_id), failed_at) as place,
        count(*) over (stratum) as places
    from {{ ref('int_index_failures') }}
    window stratum as (partition by organization_id, plan_id, country, tenure_band, month)
),

candidates as (
    select distinct on (organization_id, account_id, month) *
    from {{ ref('int_payment_moments') }}
    where is_untroubled and is_followed and not has_failed
    order by organization_id, account_id, month, asked_at
),

-- Before the three are chosen, those are left out that no failure is like.
useful as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.organization_id, candidates.account_id
            order by md5(candidates.account_id || candidates.month::text)
        ) as nth_of_account
    from candidates
    where
        exists (
            select 1 from failures
            where
                failures.organization_id = candidates.organization_id
                and failures.plan_id = candidates.plan_id
                and failures.country = candidates.country
                and failures.tenure_band = candidates.tenure_band
                and failures.month = candidates.month
                and failures.account_id <> candidates.account_id
        )
),

numbered as (
    select
        *,
        row_number() over (
            partition by organization_id, plan_id, country, tenure_band, month
            order by md5(account_id), asked_at
        ) as place
    from useful
    where nth_of_account <= 3
),

dealt as (
    select
        failures.organization_id,
        failures.account_id,
        failures.failed_at,
        numbered.account_id as control_account_id,
        numbered.asked_at as control_asked_at,
        row_number() over (
            partition by failures.organization_id, failures.account_id, failures.failed_at
            order by numbered.place
        ) as nth
    from numbered
    inner join failures
        on
            failures.organization_id = numbered.organization_id
            and failures.plan_id = numbered.plan_id
            and failures.country = numbered.country
            and failures.tenure_band = numbered.tenure_band
            and failures.month = numbered.month
            and failures.place = (numbered.place - 1) % failures.places + 1
    where failures.account_id <> numbered.account_id
),

final as (
    select
        organization_id,
        control_account_id,
        control_asked_at,
        account_id,
        failed_at
    from dealt
    where nth <= 4
)

select * from final
