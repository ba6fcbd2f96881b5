{{ config(materialized="view", post_hook=[]) }}

with
ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

rated as (
    select * from {{ ref('int_item_rungs') }}
    where {{ in_build_range('billing_month') }} and unrated_reason is null
),

billing as (
    select * from {{ ref('int_items') }}
    where {{ in_build_range('billing_month') }}
),

periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

pricing_codes as (
    select * from {{ ref('int_pricing_codes') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

stopped as (
    select * from {{ ref('int_stopped_billing') }}
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
        rated.posted_once_amount,
        rated.is_agreed,
        rated.is_due,
        -- Which single cause owns the step from metered to posted.
        case
            when not rated.is_claimed and rated.is_after_end then 'B5'
            when not rated.is_claimed and subscriptions.subscription_id is null then 'B3'
            when not rated.is_claimed then 'unposted'
            when billing.foreign_lines > 0 or (billing.foreign_lines_of_item > 0 and rated.documented_lines = 0)
                then 'R7'
            when not rated.is_due and rated.documented_lines = 0 then 'not_yet_invoiced'
            when rated.documented_lines_of_period = 0 and stopped.subscription_id is not null then 'B4'
            when rated.documented_lines_of_period = 0 then 'B1'
            when
                rated.contract_price_id is not null and rated.item <> 'recurring'
                and rated.billed_units = 0 and rated.unmeasured_lines = 0
                then 'B10'
            else 'unposted'
        end as posting_code,
        case
            when billing.converted_lines > 0 then 'R7'
            else coalesce(pricing_codes.pricing_code, 'R1')
        end as pricing_code,
        -- Every line is rounded by itself: each may differ by one minor unit from what a sum would be rounded to.
        greatest(rated.documented_lines, 1) * power(10::numeric, -currencies.minor_unit) as rounding_tolerance,
        rated.item = 'recurring' and periods.days_in_service <> periods.days_in_period as is_prorated,
        coalesce(billing.unjustified_prepaid_amount, 0) as unjustified_prepaid_amount,
        coalesce(billing.stuck_amount, 0) as stuck_amount,
        coalesce(billing.voided_amount, 0) as voided_amount,
        -- A credit that is more than what was charged has no charge to correct.
        coalesce(
            least(
                billing.credit_amount,
                billing.unjustified_credit_amount
                + greatest(
                    billing.credit_amount - billing.unjustified_credit_amount - greatest(billing.invoiced_amount, 0), 0
                )
            ),
            0
        ) as unjustified_credit_amount
    from ladder
    inner join rated
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join billing
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    inner join currencies
        on currencies.currency = ladder.currency
    left join periods
        on
            periods.organization_id = ladder.organization_id
            and periods.subscription_id = ladder.subscription_id
            and periods.period_start = ladder.period_start
    left join subscriptions
        on
            subscriptions.organization_id = ladder.organization_id
            and subscriptions.subscription_id = ladder.subscription_id
            and subscriptions.account_id = ladder.account_id
    left join stopped
        on
            stopped.organization_id = ladder.organization_id
            and stopped.subscription_id = ladder.subscription_id
            and stopped.period_start = ladder.period_start
    left join pricing_codes
        on
            pricing_codes.organization_id = rated.organization_id
            and pricing_codes.contract_price_id = rated.contract_price_id
            and pricing_codes.billing_price_id = rated.billing_price_id
    -- Nothing was lost or overpaid where all rungs say the same; missing ones are passed over. Most items end here:
    -- taking one apart costs ten times as much.
    where
        billing.repeated_amount <> 0
        or billing.stuck_amount <> 0
        or billing.voided_amount <> 0
        or billing.credit_amount <> 0
        or greatest(
            ladder.entitled_amount, rated.less_rejected_amount, rated.less_unreported_amount,
            rated.requantified_amount, rated.less_overwritten_amount, rated.with_reported_twice_amount,
            ladder.metered_amount, rated.posted_once_amount, ladder.posted_amount, ladder.priced_amount,
            ladder.documented_amount, ladder.invoiced_amount, ladder.credited_amount, ladder.paid_for_amount
        ) <> least(
            ladder.entitled_amount, rated.less_rejected_amount, rated.less_unreported_amount,
            rated.requantified_amount, rated.less_overwritten_amount, rated.with_reported_twice_amount,
            ladder.metered_amount, rated.posted_once_amount, ladder.posted_amount, ladder.priced_amount,
            ladder.documented_amount, ladder.invoiced_amount, ladder.credited_amount, ladder.paid_for_amount
        )
),

arithmetic as (
    select
        items.*,
        items.priced_amount - items.documented_amount as arithmetic_amount
    from items
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
        items.is_agreed,
        causes.rung_number,
        causes.leak_amount::numeric(38, 12) as leak_amount
    from arithmetic as items
    cross join
        lateral (
            values
            (2, 'U3', items.entitled_amount - items.less_rejected_amount, items.metered_amount),
            (2, 'U1', items.less_rejected_amount - items.less_unreported_amount, items.metered_amount),
            (2, 'U2', items.less_unreported_amount - items.requantified_amount, items.metered_amount),
            (2, 'U10', items.requantified_amount - items.less_overwritten_amount, items.metered_amount),
            (2, 'U8', items.less_overwritten_amount - items.with_reported_twice_amount, items.metered_amount),
            (2, 'U9', items.with_reported_twice_amount - items.metered_amount, items.metered_amount),
            (3, items.posting_code, items.due_amount - items.posted_once_amount, items.posted_amount),
            (3, 'B6', items.posted_once_amount - items.posted_amount, items.posted_amount),
            (
                4,
                case
                    when
                        items.pricing_code = 'R7'
                        and abs(items.posted_amount - items.priced_amount) <= items.rounding_tolerance
                        then 'rounding'
                    else items.pricing_code
                end,
                items.posted_amount - items.priced_amount, items.priced_amount
            ),
            (
                5,
                case
                    when abs(items.arithmetic_amount) <= items.rounding_tolerance then 'rounding'
                    when items.is_agreed and not items.is_due then 'not_yet_invoiced'
                    when items.is_agreed and items.item = 'discount' then 'R5'
                    when items.is_agreed then 'R4'
                    when items.is_prorated then 'R6'
                    else 'R8'
                end,
                items.arithmetic_amount, items.documented_amount
            ),
            (6, 'B2', items.stuck_amount, items.invoiced_amount),
            (6, 'B9', items.voided_amount, items.invoiced_amount),
            (
                6, 'not_yet_invoiced',
                items.documented_amount - items.invoiced_amount - items.stuck_amount - items.voided_amount,
                items.invoiced_amount
            ),
            (7, 'B7', items.unjustified_credit_amount, items.credited_amount),
            (
                7, 'justified_credit',
                items.invoiced_amount - items.credited_amount - items.unjustified_credit_amount, items.credited_amount
            ),
            (8, 'B8', items.unjustified_prepaid_amount, items.paid_for_amount),
            (
                8, 'prepaid_balance_used',
                coalesce(items.credited_amount, items.invoiced_amount) - items.paid_for_amount
                - items.unjustified_prepaid_amount,
                items.paid_for_amount
            )
        ) as causes (rung_number, code, leak_amount, rung_amount)
    where
        causes.leak_amount <> 0
        and causes.rung_amount is not null
)

select * from final
