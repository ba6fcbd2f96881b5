with
ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

causes as (
    select * from {{ ref('int_leak_causes') }}
    where {{ in_build_range('billing_month') }}
),

sums as (
    select
        organization_id,
        currency,
        billing_month,
        sum(entitled_amount) as entitled_amount,
        sum(metered_amount) as metered_amount,
        sum(posted_amount) as posted_amount,
        sum(priced_amount) as priced_amount,
        sum(documented_amount) as documented_amount,
        sum(invoiced_amount) as invoiced_amount,
        sum(credited_amount) as credited_amount,
        sum(paid_for_amount) as paid_for_amount,
        sum(collected_amount) as collected_amount
    from ladder
    group by
        organization_id, currency, billing_month
),

rungs as (
    select
        sums.organization_id,
        sums.currency,
        sums.billing_month,
        rungs.rung_number,
        rungs.rung,
        rungs.amount
    from sums
    cross join lateral (
        values
        (1, 'entitled', sums.entitled_amount),
        (2, 'metered', sums.metered_amount),
        (3, 'posted', sums.posted_amount),
        (4, 'priced', sums.priced_amount),
        (5, 'documented', sums.documented_amount),
        (6, 'invoiced', sums.invoiced_amount),
        (7, 'credited', sums.credited_amount),
        (8, 'paid_for', sums.paid_for_amount),
        (9, 'collected', sums.collected_amount)
    ) as rungs (rung_number, rung, amount)
),

leaks as (
    select
        organization_id,
        currency,
        billing_month,
        rung_number,
        coalesce(sum(leak_amount) filter (where leak_amount > 0 and is_finding), 0)
            as leak_under_amount,
        coalesce(-sum(leak_amount) filter (where leak_amount < 0 and is_finding), 0)
            as leak_over_amount,
        coalesce(sum(leak_amount) filter (where not is_finding), 0) as no_leak_amount
    from causes
    group by
        organization_id, currency, billing_month, rung_number
),

final as (
    select
        rungs.organization_id,
        rungs.currency,
        rungs.billing_month,
        rungs.rung_number,
        rungs.rung,
        rungs.amount is not null as is_available,
        rungs.amount::numeric(38, 12) as amount,
        case when rungs.amount is not null then coalesce(leaks.leak_under_amount, 0) end::numeric(38, 12)
            as leak_under_amount,
        case when rungs.amount is not null then coalesce(leaks.leak_over_amount, 0) end::numeric(38, 12)
            as leak_over_amount,
        case
            when rungs.amount is not null then coalesce(leaks.leak_under_amount - leaks.leak_over_amount, 0)
        end::numeric(38, 12) as leak_net_amount,
        case when rungs.amount is not null then coalesce(leaks.no_leak_amount, 0) end::numeric(38, 12)
            as no_leak_amount
    from rungs
    left join leaks
        using (organization_id, currency, billing_month, rung_number)
)

select * from final
