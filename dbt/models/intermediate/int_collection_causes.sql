{{ config(materialized="view", post_hook=[]) }}

with
lines as (
    select * from {{ ref('int_item_lines') }}
),

money as (
    select * from {{ ref('int_line_money') }}
    where {{ in_build_range('billing_month') }}
),

invoices as (
    select * from {{ ref('int_invoice_collection') }}
),

shares as (
    select
        lines.organization_id,
        lines.account_id,
        lines.subscription_id,
        lines.item,
        lines.period_start,
        lines.currency,
        lines.billing_month,
        coalesce(invoices.collection_code, 'overpaid') as collection_code,
        {{ in_currency_of_item(
            'money.credit_amount + money.prepaid_amount + money.cash_amount + money.returned_amount', 'lines'
        ) }} - {{ in_currency_of_item(
            'money.credit_amount + money.prepaid_amount + money.cash_amount', 'lines'
        ) }} as returned_amount,
        case when lines.is_standing then lines.amount else 0 end
        - {{ in_currency_of_item(
            'money.credit_amount + money.prepaid_amount + money.cash_amount + money.returned_amount', 'lines'
        ) }} as open_amount
    from lines
    inner join money
        on
            money.organization_id = lines.organization_id
            and money.invoice_line_id = lines.invoice_line_id
    -- Cash on an invoice that does not stand is more than what was asked for.
    left join invoices
        on
            invoices.organization_id = lines.organization_id
            and invoices.invoice_id = lines.invoice_id
            and invoices.currency = lines.line_currency
),

causes as (
    select
        organization_id, account_id, subscription_id, item, period_start, currency, billing_month,
        'C5' as code,
        returned_amount as leak_amount
    from shares
    union all
    select
        organization_id, account_id, subscription_id, item, period_start, currency, billing_month,
        collection_code as code,
        open_amount as leak_amount
    from shares
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        code,
        billing_month,
        sum(leak_amount) as leak_amount
    from causes
    group by
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        code,
        billing_month
    having sum(leak_amount) <> 0
)

select * from final
