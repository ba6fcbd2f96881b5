with
ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

unrated as (
    select * from {{ ref('int_unrated_items') }}
    where {{ in_build_range('billing_month') }}
),

causes as (
    select * from {{ ref('int_leak_causes') }}
    where {{ in_build_range('billing_month') }} and rung_number <= 6
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

-- An item that this version cannot rate has no amounts, but its period must not look complete without it.
items as (
    select
        organization_id, account_id, subscription_id, period_start, currency, period_end, billing_month,
        entitled_amount as expected_amount,
        coalesce(invoiced_amount, metered_amount) as billed_amount,
        0 as unrated_items
    from ladder
    union all
    select
        organization_id, account_id, subscription_id, period_start, currency, period_end, billing_month,
        null as expected_amount,
        null as billed_amount,
        1 as unrated_items
    from unrated
),

periods as (
    select
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency,
        period_end,
        billing_month,
        sum(expected_amount) as expected_amount,
        sum(billed_amount) as billed_amount,
        sum(unrated_items) as unrated_items
    from items
    group by
        organization_id, account_id, subscription_id, period_start, currency, period_end, billing_month
),

-- Under and over are added up apart, cause by cause: a customer can be under- and overbilled at once.
leaks as (
    select
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency,
        coalesce(sum(leak_amount) filter (where leak_amount > 0 and is_finding), 0)
            as leak_under_amount,
        coalesce(-sum(leak_amount) filter (where leak_amount < 0 and is_finding), 0)
            as leak_over_amount,
        coalesce(sum(leak_amount) filter (where code = 'not_yet_invoiced'), 0) as not_yet_invoiced_amount,
        coalesce(sum(leak_amount) filter (where code = 'rounding'), 0) as rounding_amount,
        coalesce(
            sum(leak_amount) filter (where leak_amount > 0 and absorbed_code not in ('', 'not_yet_invoiced')), 0
        ) as absorbed_under_amount,
        coalesce(
            -sum(leak_amount) filter (where leak_amount < 0 and absorbed_code not in ('', 'not_yet_invoiced')), 0
        ) as absorbed_over_amount,
        coalesce(sum(leak_amount) filter (where code = 'billed_later'), 0) as billed_later_amount
    from causes
    group by
        organization_id, account_id, subscription_id, period_start, currency
),

compared as (
    select
        periods.*,
        case when periods.billed_amount is not null then coalesce(leaks.leak_under_amount, 0) end
            as leak_under_amount,
        case when periods.billed_amount is not null then coalesce(leaks.leak_over_amount, 0) end
            as leak_over_amount,
        case when periods.billed_amount is not null then coalesce(leaks.not_yet_invoiced_amount, 0) end
            as not_yet_invoiced_amount,
        case when periods.billed_amount is not null then coalesce(leaks.rounding_amount, 0) end as rounding_amount,
        case when periods.billed_amount is not null then coalesce(leaks.absorbed_under_amount, 0) end
            as absorbed_under_amount,
        case when periods.billed_amount is not null then coalesce(leaks.absorbed_over_amount, 0) end
            as absorbed_over_amount,
        case when periods.billed_amount is not null then coalesce(leaks.billed_later_amount, 0) end
            as billed_later_amount
    from periods
    left join leaks
        using (organization_id, account_id, subscription_id, period_start, currency)
),

final as (
    select
        compared.organization_id,
        compared.account_id,
        compared.subscription_id,
        compared.period_start,
        compared.currency,
        compared.period_end,
        compared.billing_month,
        case
            when compared.billed_amount is null then 'unknown'
            when compared.leak_under_amount > 0 and compared.leak_over_amount > 0 then 'both'
            when compared.leak_under_amount > 0 then 'underbilled'
            when compared.leak_over_amount > 0 then 'overbilled'
            else 'accurate'
        end as status,
        {{ maturity('compared.period_end', 'organizations') }} as maturity,
        organizations.as_of as last_checked,
        case
            when organizations.has_invoices then 'invoiced'
            when organizations.has_reports then 'metered'
        end as billed_rung,
        compared.unrated_items,
        compared.expected_amount::numeric(38, 12) as expected_amount,
        compared.billed_amount::numeric(38, 12) as billed_amount,
        compared.leak_under_amount::numeric(38, 12) as leak_under_amount,
        compared.leak_over_amount::numeric(38, 12) as leak_over_amount,
        (compared.leak_under_amount - compared.leak_over_amount)::numeric(38, 12) as leak_net_amount,
        compared.not_yet_invoiced_amount::numeric(38, 12) as not_yet_invoiced_amount,
        compared.rounding_amount::numeric(38, 12) as rounding_amount,
        compared.absorbed_under_amount::numeric(38, 12) as absorbed_under_amount,
        compared.absorbed_over_amount::numeric(38, 12) as absorbed_over_amount,
        compared.billed_later_amount::numeric(38, 12) as billed_later_amount
    from compared
    inner join organizations
        on organizations.organization_id = compared.organization_id
)

select * from final
