-- Confirmed findings of a month, counted and added up by code and by what is to be done about them.
with
leaks as (
    select * from {{ ref('revmatch_leaks') }}
    where {{ in_build_range('billing_month') }} and certainty = 'confirmed'
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

final as (
    select
        leaks.organization_id,
        leaks.currency,
        leaks.billing_month,
        leaks.direction,
        leaks.code,
        leaks.remedy,
        leaks.name,
        min(leaks.recoverable_until) as next_deadline_at,
        count(*) as findings,
        sum(abs(leaks.leak_amount))::numeric(38, 12) as leak_amount,
        sum(leaks.recoverable_amount)::numeric(38, 12) as recoverable_amount
    from leaks
    -- Usage of an account that nobody knows has none.
    left join accounts
        on
            accounts.organization_id = leaks.organization_id
            and accounts.account_id = leaks.account_id
    where not coalesce(accounts.is_internal, false)
    group by
        leaks.organization_id, leaks.currency, leaks.billing_month, leaks.direction, leaks.code, leaks.remedy,
        leaks.name
)

select * from final
