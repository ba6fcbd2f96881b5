with
lines as (
    select * from {{ ref('int_item_lines') }}
    where {{ in_build_range('billing_month') }}
),

money as (
    select * from {{ ref('int_line_money') }}
    where {{ in_build_range('billing_month') }}
),

-- The money of a converted line adds up to what the line asks for: each part is what the sum so far grows by.
paid as (
    select
        lines.*,
        {{ in_currency_of_item('money.credit_amount', 'lines') }} as credit_amount,
        {{ in_currency_of_item('money.unjustified_credit_amount', 'lines') }} as unjustified_credit_amount,
        {{ in_currency_of_item('money.credit_amount + money.prepaid_amount', 'lines') }}
        - {{ in_currency_of_item('money.credit_amount', 'lines') }} as prepaid_amount,
        {{ in_currency_of_item('money.unjustified_prepaid_amount', 'lines') }} as unjustified_prepaid_amount,
        {{ in_currency_of_item('money.credit_amount + money.prepaid_amount + money.cash_amount', 'lines') }}
        - {{ in_currency_of_item('money.credit_amount + money.prepaid_amount', 'lines') }} as cash_amount
    from lines
    inner join money
        on
            money.organization_id = lines.organization_id
            and money.invoice_line_id = lines.invoice_line_id
),

final as (
    select
        lines.organization_id,
        lines.account_id,
        lines.subscription_id,
        lines.item,
        lines.period_start,
        lines.currency,
        lines.period_end,
        lines.billing_month,
        lines.is_claimed,
        lines.is_after_end,
        count(*) filter (where lines.is_documented and lines.kind <> 'carrier') as documented_lines,
        count(*) filter (
            where lines.is_documented and lines.kind = 'usage' and lines.units is null and not lines.is_repeated
        ) as unmeasured_lines,
        -- Each charge once: what a line charges again stands in by its amount.
        coalesce(sum(lines.units) filter (where lines.is_documented and not lines.is_repeated), 0) as billed_units,
        coalesce(
            sum(lines.amount) filter (
                where lines.is_documented and lines.kind = 'usage' and lines.units is null and not lines.is_repeated
            ),
            0
        ) as unmeasured_amount,
        coalesce(sum(lines.amount) filter (where lines.is_documented and lines.is_repeated), 0) as repeated_amount,
        coalesce(sum(lines.amount) filter (where lines.is_documented), 0) as documented_amount,
        coalesce(sum(lines.amount) filter (where lines.is_documented and lines.is_stuck), 0) as stuck_amount,
        coalesce(sum(lines.amount) filter (where lines.is_documented and lines.is_voided), 0) as voided_amount,
        coalesce(sum(lines.amount) filter (where lines.is_standing), 0) as invoiced_amount,
        count(*) filter (where lines.is_documented and lines.is_converted) as converted_lines,
        count(*) filter (where lines.is_documented and lines.is_foreign and not lines.is_converted) as foreign_lines,
        sum(lines.credit_amount) as credit_amount,
        sum(lines.unjustified_credit_amount) as unjustified_credit_amount,
        sum(lines.prepaid_amount) as prepaid_amount,
        sum(lines.unjustified_prepaid_amount) as unjustified_prepaid_amount,
        sum(lines.cash_amount) as cash_amount
    from paid as lines
    group by
        lines.organization_id,
        lines.account_id,
        lines.subscription_id,
        lines.item,
        lines.period_start,
        lines.currency,
        lines.period_end,
        lines.billing_month,
        lines.is_claimed,
        lines.is_after_end
    -- A voided and replaced invoice leaves no trace unless money moved on it.
    having
        count(*) filter (where lines.is_documented) > 0
        or sum(abs(lines.cash_amount)) <> 0
)

select * from final
