-- The account with the most confirmed leaks of a month, in each direction; the first by its id where two have the same.
with
leaks as (
    select * from {{ ref('revmatch_leaks') }}
    where {{ in_build_range('billing_month') }} and certainty = 'confirmed' and leak_amount <> 0
),

accounts as (
    select * from {{ ref('stg_accounts') }}
    where not is_internal
),

sums as (
    select
        leaks.organization_id,
        leaks.currency,
        leaks.billing_month,
        leaks.direction,
        leaks.account_id,
        count(*) as findings,
        sum(leaks.leak_amount)::numeric(38, 12) as leak_amount
    from leaks
    inner join accounts
        on
            accounts.organization_id = leaks.organization_id
            and accounts.account_id = leaks.account_id
    group by
        leaks.organization_id, leaks.currency, leaks.billing_month, leaks.direction, leaks.account_id
),

final as (
    select distinct on (organization_id, currency, billing_month, direction)
        organization_id,
        currency,
        billing_month,
        direction,
        account_id,
        findings,
        leak_amount
    from sums
    order by
        organization_id asc, currency asc, billing_month asc, direction asc, abs(leak_amount) desc, account_id asc
)

select * from final
