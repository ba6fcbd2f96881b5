-- One row: how many rows the ladder has, and on how many its causes do not add up to entitled less the last rung there
-- is. A row without any cause must end where it began; no tolerance.
with
ladder as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        entitled_amount - coalesce(
            collected_amount,
            paid_for_amount,
            credited_amount,
            invoiced_amount,
            documented_amount,
            priced_amount,
            posted_amount,
            metered_amount,
            entitled_amount
        ) as lost_amount
    from intermediate.int_ladder
    where organization_id = any(%(organizations)s)
),

causes as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        sum(leak_amount) as explained_amount
    from intermediate.int_leak_causes
    where organization_id = any(%(organizations)s)
    group by
        organization_id, account_id, subscription_id, item, period_start, currency
),

final as (
    select
        count(*) as ladder_rows,
        count(*) filter (
            where coalesce(ladder.lost_amount, 0) <> coalesce(causes.explained_amount, 0)
        ) as unbalanced_rows
    from ladder
    full join causes
        using (organization_id, account_id, subscription_id, item, period_start, currency)
)

select
    ladder_rows,
    unbalanced_rows
from final
