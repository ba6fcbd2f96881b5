-- Cash that went back, by the item whose line it had paid: docs/definitions.md#revenue-by-month. Of few items any did.
with
lines as (
    select * from {{ ref('int_item_lines') }}
),

money as (
    select * from {{ ref('int_line_money') }}
    where {{ in_build_range('billing_month') }} and (refunded_amount <> 0 or disputed_amount <> 0)
),

-- A converted line's parts add up in the item's currency too: each is what the sum so far grows by.
shares as (
    select
        lines.organization_id,
        lines.account_id,
        lines.subscription_id,
        lines.item,
        lines.period_start,
        lines.currency,
        lines.billing_month,
        {{ in_currency_of_item(
            'money.credit_amount + money.prepaid_amount + money.cash_amount + money.refunded_amount', 'lines'
        ) }} - {{ in_currency_of_item(
            'money.credit_amount + money.prepaid_amount + money.cash_amount', 'lines'
        ) }} as refunded_amount,
        {{ in_currency_of_item(
            'money.credit_amount + money.prepaid_amount + money.cash_amount + money.refunded_amount'
            ~ ' + money.disputed_amount', 'lines'
        ) }} - {{ in_currency_of_item(
            'money.credit_amount + money.prepaid_amount + money.cash_amount + money.refunded_amount', 'lines'
        ) }} as disputed_amount
    from lines
    inner join money
        on
            money.organization_id = lines.organization_id
            and money.invoice_line_id = lines.invoice_line_id
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        billing_month,
        sum(refunded_amount)::numeric(38, 12) as refunded_amount,
        sum(disputed_amount)::numeric(38, 12) as disputed_amount
    from shares
    group by
        organization_id, account_id, subscription_id, item, period_start, currency, billing_month
)

select * from final
