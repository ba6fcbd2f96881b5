with
billed as (
    select * from {{ ref('int_billed_lines') }}
    where {{ in_build_range('billing_month') }}
),

-- Lines of one invoice may belong to different months: shares are computed over the whole invoice.
invoices as (
    select distinct
        organization_id,
        invoice_id
    from billed
),

lines as (
    select document_lines.*
    from {{ ref('int_document_lines') }} as document_lines
    inner join invoices
        on
            invoices.organization_id = document_lines.organization_id
            and invoices.invoice_id = document_lines.invoice_id
),

money as (
    select * from {{ ref('int_invoice_money') }}
),

credit_notes as (
    select * from {{ ref('stg_credit_notes') }}
),

currencies as (
    select * from {{ ref('stg_currencies') }}
),

line_credits as (
    select
        organization_id,
        credited_line_id,
        sum(amount) as credit_amount,
        sum(case when is_justified then 0 else amount end) as unjustified_credit_amount
    from credit_notes
    where credited_line_id is not null
    group by
        organization_id,
        credited_line_id
),

-- Prepaid balance pays the tax too; credit notes are pre-tax.
weights as (
    select
        lines.organization_id,
        lines.invoice_id,
        lines.invoice_line_id,
        lines.currency,
        lines.is_pre_tax,
        lines.is_standing,
        lines.amount,
        coalesce(money.cash_amount, 0) as invoice_cash_amount,
        coalesce(money.returned_amount, 0) as invoice_returned_amount,
        coalesce(money.refunded_amount, 0) as invoice_refunded_amount,
        coalesce(money.disputed_amount, 0) as invoice_disputed_amount,
        coalesce(money.prepaid_amount, 0) as invoice_prepaid_amount,
        coalesce(money.unjustified_prepaid_amount, 0) as invoice_misdrawn_amount,
        coalesce(money.justified_credit_amount, 0) as invoice_justified_amount,
        coalesce(money.unjustified_credit_amount, 0) as invoice_unjustified_amount,
        currencies.minor_unit,
        sum(lines.amount) over lines_so_far as amount_so_far,
        sum(lines.amount) over lines_of_invoice as amount_of_all,
        row_number() over lines_so_far = count(*) over lines_of_invoice as is_last,
        case when lines.is_pre_tax then lines.amount else 0 end as pre_tax_amount,
        sum(lines.amount) filter (where lines.is_pre_tax) over lines_so_far as pre_tax_so_far,
        sum(lines.amount) filter (where lines.is_pre_tax) over lines_of_invoice as pre_tax_of_all,
        count(*) filter (where lines.is_pre_tax) over lines_so_far
        = count(*) filter (where lines.is_pre_tax) over lines_of_invoice as is_last_pre_tax,
        case when lines.is_standing then coalesce(line_credits.credit_amount, 0) else 0 end as line_credit_amount,
        case when lines.is_standing then coalesce(line_credits.unjustified_credit_amount, 0) else 0 end
            as line_unjustified_amount
    from lines
    left join money
        on
            money.organization_id = lines.organization_id
            and money.invoice_id = lines.invoice_id
            and money.currency = lines.currency
    inner join currencies
        on currencies.currency = lines.currency
    left join line_credits
        on
            line_credits.organization_id = lines.organization_id
            and line_credits.credited_line_id = lines.invoice_line_id
    window
        lines_of_invoice as (partition by lines.organization_id, lines.invoice_id, lines.currency),
        lines_so_far as (
            partition by lines.organization_id, lines.invoice_id, lines.currency
            order by lines.invoice_line_id
        )
),

credited as (
    select
        weights.*,
        {{ allocate('invoice_prepaid_amount', 'amount', 'amount_so_far', 'amount_of_all', 'is_last', 'minor_unit') }}
            as prepaid_amount,
        {{ allocate('invoice_misdrawn_amount', 'amount', 'amount_so_far', 'amount_of_all', 'is_last', 'minor_unit') }}
            as unjustified_prepaid_amount,
        line_credit_amount - line_unjustified_amount + case
            when not is_pre_tax then 0
            else
                {{ allocate('invoice_justified_amount', 'pre_tax_amount', 'pre_tax_so_far', 'pre_tax_of_all',
                    'is_last_pre_tax', 'minor_unit') }}
        end as justified_credit_amount,
        line_unjustified_amount + case
            when not is_pre_tax then 0
            else
                {{ allocate('invoice_unjustified_amount', 'pre_tax_amount', 'pre_tax_so_far', 'pre_tax_of_all',
                    'is_last_pre_tax', 'minor_unit') }}
        end as unjustified_credit_amount
    from weights
),

-- Cash pays what each line still asks for. Lines that ask for nothing together have paid each other.
asked as (
    select
        *,
        amount - prepaid_amount - justified_credit_amount - unjustified_credit_amount as asked_amount,
        sum(amount - prepaid_amount - justified_credit_amount - unjustified_credit_amount) over lines_so_far
            as asked_so_far,
        sum(amount - prepaid_amount - justified_credit_amount - unjustified_credit_amount) over lines_of_invoice
            as asked_of_all
    from credited
    window
        lines_of_invoice as (partition by organization_id, invoice_id, currency),
        lines_so_far as (partition by organization_id, invoice_id, currency order by invoice_line_id)
),

shares as (
    select
        organization_id,
        invoice_line_id,
        justified_credit_amount,
        unjustified_credit_amount,
        prepaid_amount,
        unjustified_prepaid_amount,
        {{ allocate('invoice_cash_amount', 'asked_amount', 'asked_so_far', 'asked_of_all', 'is_last', 'minor_unit') }}
        + case when is_standing and asked_of_all = 0 then asked_amount else 0 end as cash_amount,
        {{ allocate('invoice_returned_amount', 'asked_amount', 'asked_so_far', 'asked_of_all', 'is_last',
            'minor_unit') }} as returned_amount,
        -- Asked first: of most invoices nothing went back.
        case
            when invoice_refunded_amount = 0 then 0
            else
                {{ allocate('invoice_refunded_amount', 'asked_amount', 'asked_so_far', 'asked_of_all', 'is_last',
                    'minor_unit') }}
        end as refunded_amount,
        case
            when invoice_disputed_amount = 0 then 0
            else
                {{ allocate('invoice_disputed_amount', 'asked_amount', 'asked_so_far', 'asked_of_all', 'is_last',
                    'minor_unit') }}
        end as disputed_amount
    from asked
),

final as (
    select
        billed.organization_id,
        billed.invoice_line_id,
        billed.invoice_id,
        billed.currency,
        billed.billing_month,
        coalesce(
            shares.justified_credit_amount + shares.unjustified_credit_amount,
            case when billed.is_standing then line_credits.credit_amount end,
            0
        ) as credit_amount,
        coalesce(
            shares.unjustified_credit_amount,
            case when billed.is_standing then line_credits.unjustified_credit_amount end,
            0
        ) as unjustified_credit_amount,
        coalesce(shares.prepaid_amount, 0) as prepaid_amount,
        coalesce(shares.unjustified_prepaid_amount, 0) as unjustified_prepaid_amount,
        coalesce(shares.cash_amount, 0) as cash_amount,
        coalesce(shares.returned_amount, 0) as returned_amount,
        coalesce(shares.refunded_amount, 0) as refunded_amount,
        coalesce(shares.disputed_amount, 0) as disputed_amount
    from billed
    left join shares
        on
            shares.organization_id = billed.organization_id
            and shares.invoice_line_id = billed.invoice_line_id
    left join line_credits
        on
            line_credits.organization_id = billed.organization_id
            and line_credits.credited_line_id = billed.invoice_line_id
)

select * from final
