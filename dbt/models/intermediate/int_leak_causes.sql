with
ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

rated as (
    select * from {{ ref('int_rated_items') }}
    where {{ in_build_range('billing_month') }} and unrated_reason is null
),

items as (
    select
        ladder.*,
        coalesce(ladder.metered_amount, ladder.entitled_amount) as due_amount,
        rated.less_rejected_amount,
        rated.less_unreported_amount,
        rated.requantified_amount,
        rated.less_overwritten_amount,
        rated.with_reported_twice_amount,
        -- Which single cause owns the step from metered to posted.
        case
            when not rated.is_claimed and rated.is_after_end then 'B5'
            when not rated.is_claimed then 'unposted'
            when not rated.is_due and rated.documented_lines = 0 then 'not_yet_invoiced'
            when rated.documented_lines_of_period = 0 then 'B1'
            when
                rated.contract_price_id is not null and rated.item <> 'recurring'
                and rated.billed_units = 0 and rated.unmeasured_lines = 0
                then 'B10'
            else 'unposted'
        end as posting_code
    from ladder
    inner join rated
        using (organization_id, account_id, subscription_id, item, period_start, currency)
),

-- Each step of the ladder, taken apart in the order of LEAKS. A step to or from a missing rung is null and falls out.
final as (
    select
        items.organization_id,
        items.account_id,
        items.subscription_id,
        items.item,
        items.period_start,
        items.currency,
        causes.code,
        items.period_end,
        items.billing_month,
        items.maturity,
        causes.rung_number,
        causes.leak_amount::numeric(38, 12) as leak_amount
    from items
    cross join
        lateral (
            values
            (2, 'U3', items.entitled_amount - items.less_rejected_amount, items.metered_amount),
            (2, 'U1', items.less_rejected_amount - items.less_unreported_amount, items.metered_amount),
            (2, 'U2', items.less_unreported_amount - items.requantified_amount, items.metered_amount),
            (2, 'U10', items.requantified_amount - items.less_overwritten_amount, items.metered_amount),
            (2, 'U8', items.less_overwritten_amount - items.with_reported_twice_amount, items.metered_amount),
            (2, 'U9', items.with_reported_twice_amount - items.metered_amount, items.metered_amount),
            (3, items.posting_code, items.due_amount - items.posted_amount, items.posted_amount),
            (4, 'R1', items.posted_amount - items.priced_amount, items.priced_amount),
            (5, 'residual_arithmetic', items.priced_amount - items.documented_amount, items.documented_amount),
            (6, 'residual_document', items.documented_amount - items.invoiced_amount, items.invoiced_amount),
            (7, 'residual_credit', items.invoiced_amount - items.credited_amount, items.credited_amount),
            (
                8, 'residual_prepaid',
                coalesce(items.credited_amount, items.invoiced_amount) - items.paid_for_amount, items.paid_for_amount
            ),
            (
                9, 'residual_collection',
                coalesce(items.paid_for_amount, items.credited_amount, items.invoiced_amount) - items.collected_amount,
                items.collected_amount
            )
        ) as causes (rung_number, code, leak_amount, rung_amount)
    where
        causes.leak_amount <> 0
        and causes.rung_amount is not null
)

select * from final
