{#- Each step of the ladder, taken apart in the order of LEAKS: rung number, code, amount, rung. -#}
{%- set pricing_code -%}
    case
        when not items.is_converted then 'R1'
        when abs(items.posted_amount - items.priced_amount) <= items.rounding_tolerance then 'rounding'
        else 'R7'
    end
{%- endset -%}
{%- set arithmetic_code -%}
    case
        when abs(items.arithmetic_amount) <= items.rounding_tolerance then 'rounding'
        when items.is_agreed and not items.is_due then 'not_yet_invoiced'
        when items.is_agreed and items.item = 'discount' then 'R5'
        when items.is_agreed then 'R4'
        when items.is_prorated then 'R6'
        else 'R8'
    end
{%- endset -%}
{%- set causes = [
    (2, "'U3'", "items.entitled_amount - items.less_rejected_amount", "metered"),
    (2, "'U1'", "items.less_rejected_amount - items.less_unreported_amount", "metered"),
    (2, "'U2'", "items.less_unreported_amount - items.requantified_amount", "metered"),
    (2, "'U10'", "items.requantified_amount - items.less_overwritten_amount", "metered"),
    (2, "'U8'", "items.less_overwritten_amount - items.with_reported_twice_amount", "metered"),
    (2, "'U9'", "items.with_reported_twice_amount - items.metered_amount", "metered"),
    (3, "items.late_code",
        "case when items.late_code = items.posting_code then items.gap_amount else items.late_amount end", "posted"),
    (3, "items.posting_code",
        "case when items.late_code = items.posting_code then 0 else items.gap_amount - items.late_amount end", "posted"),
    (3, "'B6'", "items.posted_once_amount - items.posted_amount", "posted"),
    (4, pricing_code, "items.posted_amount - items.priced_amount", "priced"),
    (5, arithmetic_code, "items.arithmetic_amount", "documented"),
    (6, "'B2'", "items.stuck_amount", "invoiced"),
    (6, "'B9'", "items.voided_amount", "invoiced"),
    (6, "'not_yet_invoiced'",
        "items.documented_amount - items.invoiced_amount - items.stuck_amount - items.voided_amount", "invoiced"),
    (7, "'B7'", "items.uncalled_credit_amount", "credited"),
    (7, "'justified_credit'", "items.invoiced_amount - items.credited_amount - items.uncalled_credit_amount", "credited"),
    (8, "'B8'", "items.unjustified_prepaid_amount", "paid_for"),
    (8, "'prepaid_balance_used'", "coalesce(items.credited_amount, items.invoiced_amount) - items.paid_for_amount"
        ~ " - items.unjustified_prepaid_amount", "paid_for"),
] -%}

with
rungs as (
    select * from {{ ref('int_item_rungs') }}
    where {{ in_build_range('billing_month') }} and unrated_reason is null and has_steps
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

late_usage as (
    select * from {{ ref('int_late_usage') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

stopped as (
    select * from {{ ref('int_stopped_billing') }}
),

pricing_codes as (
    select * from {{ ref('int_pricing_codes') }}
),

items as (
    select
        rungs.*,
        coalesce(rungs.metered_amount, rungs.entitled_amount) as due_amount,
        -- Which single cause owns the step from metered to posted.
        case
            when not rungs.is_claimed and rungs.is_after_end then 'B5'
            when not rungs.is_claimed and subscriptions.subscription_id is null then 'B3'
            when not rungs.is_claimed then 'unposted'
            when rungs.is_foreign then 'R7'
            when not rungs.is_due and rungs.documented_lines = 0 then 'not_yet_invoiced'
            when rungs.documented_lines_of_period = 0 and stopped.subscription_id is not null then 'B4'
            when rungs.documented_lines_of_period = 0 then 'B1'
            when
                rungs.contract_price_id is not null and rungs.item <> 'recurring'
                and rungs.billed_units = 0 and rungs.unmeasured_lines = 0
                then 'B10'
            when
                late_usage.caught_up_units > 0
                and rungs.billed_units = rungs.units_in_time + late_usage.caught_up_units
                then 'billed_later'
            -- What the meter received last was billed, where the contract means what happened last.
            when
                late_usage.units_received_last <> rungs.units_reported
                and late_usage.units_received_last = rungs.billed_units
                and rungs.unmeasured_lines = 0
                then 'U10'
            else 'unposted'
        end as posting_code,
        case when rungs.is_due or rungs.documented_lines > 0 then late_usage.late_code end as late_code,
        -- Every line is rounded by itself: each may differ by one minor unit from what a sum would be rounded to.
        greatest(rungs.documented_lines, 1) * power(10::numeric, -currencies.minor_unit) as rounding_tolerance,
        -- A credit that is more than what was charged has no charge to correct.
        least(
            rungs.credit_amount,
            rungs.unjustified_credit_amount
            + greatest(
                rungs.credit_amount - rungs.unjustified_credit_amount - greatest(rungs.invoiced_amount, 0), 0
            )
        ) as uncalled_credit_amount
    from rungs
    inner join currencies
        on currencies.currency = rungs.currency
    left join late_usage
        on
            late_usage.organization_id = rungs.organization_id
            and late_usage.subscription_id = rungs.subscription_id
            and late_usage.item = rungs.item
            and late_usage.period_start = rungs.period_start
    left join subscriptions
        on
            subscriptions.organization_id = rungs.organization_id
            and subscriptions.subscription_id = rungs.subscription_id
            and subscriptions.account_id = rungs.account_id
    left join stopped
        on
            stopped.organization_id = rungs.organization_id
            and stopped.subscription_id = rungs.subscription_id
            and stopped.period_start = rungs.period_start
),

arithmetic as (
    select
        items.*,
        items.priced_amount - items.documented_amount as arithmetic_amount,
        items.due_amount - items.posted_once_amount as gap_amount,
        items.due_amount - items.in_time_amount as late_gap_amount
    from items
),

-- What was late never explains more than the gap, unless the gap has a second cause that is told to the unit: a line
-- that charges what was late before.
late as (
    select
        arithmetic.*,
        case
            when arithmetic.late_code is null then 0
            when arithmetic.posting_code = 'billed_later' then arithmetic.late_gap_amount
            else
                least(
                    greatest(arithmetic.gap_amount, least(arithmetic.late_gap_amount, 0)),
                    greatest(arithmetic.late_gap_amount, 0)
                )
        end as late_amount
    from arithmetic
),

-- One row for each possible cause, worked out one by one: a list of values is prepared anew for every item.
apart as (
    select
        items.organization_id,
        items.account_id,
        items.subscription_id,
        items.item,
        items.period_start,
        items.currency,
        case cause.number
            {% for cause in causes -%}
                when {{ loop.index }} then {{ cause[1] }}
            {% endfor -%}
        end as code,
        items.period_end,
        items.billing_month,
        items.maturity,
        items.is_agreed,
        items.contract_price_id,
        items.billing_price_id,
        case cause.number
            {% for cause in causes -%}
                when {{ loop.index }} then {{ cause[0] }}
            {% endfor -%}
        end as rung_number,
        -- A step to or from a missing rung is null and falls out.
        case cause.number
            {% for cause in causes -%}
                when {{ loop.index }} then case when items.{{ cause[3] }}_amount is not null then {{ cause[2] }} end
            {% endfor -%}
        end::numeric(38, 12) as leak_amount
    from late as items
    cross join generate_series(1, {{ causes | length }}) as cause (number)
),

causes as (
    select * from apart
    where leak_amount <> 0
),

-- The two prices say why they differ; asked last, so that only few steps are looked up.
final as (
    select
        causes.organization_id,
        causes.account_id,
        causes.subscription_id,
        causes.item,
        causes.period_start,
        causes.currency,
        coalesce(pricing_codes.pricing_code, causes.code) as code,
        causes.period_end,
        causes.billing_month,
        causes.maturity,
        causes.is_agreed,
        causes.rung_number,
        causes.leak_amount
    from causes
    left join pricing_codes
        on
            pricing_codes.organization_id = causes.organization_id
            and pricing_codes.contract_price_id = causes.contract_price_id
            and pricing_codes.billing_price_id = causes.billing_price_id
            and causes.code = 'R1'
)

select * from final
