{{ config(materialized="view", post_hook=[]) }}

with
lines as (
    select * from {{ ref('int_billed_lines') }}
    where {{ in_build_range('billing_month') }} and is_pre_tax
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

rates as (
    select * from {{ ref('int_fx_rates') }}
),

-- What a document charges in another currency than the contract's counts in the contract's, at the rate of its day.
priced as (
    select
        lines.*,
        lines.currency <> lines.contract_currency as is_foreign,
        rates.quote is not null as is_converted,
        coalesce(rates.quote, lines.currency) as item_currency,
        rates.multiplier as fx_multiplier,
        rates.divisor as fx_divisor,
        rates.minor_unit
    from lines
    left join rates
        on
            rates.organization_id = lines.organization_id
            and rates.base = lines.currency
            and rates.quote = lines.contract_currency
            and rates.day = (lines.issued_at at time zone 'UTC')::date
),

marked as (
    select
        lines.*,
        lines.status = 'draft' and organizations.finalized_until >= lines.issued_at as is_stuck,
        -- A voided line is a charge that got lost only if it was right to charge: something that was served, and that
        -- no other document charges. Else the void was the correction.
        lines.status <> 'void'
        or (
            lines.is_claimed
            and not coalesce(bool_or(lines.is_documented and lines.status <> 'void') over lines_of_item, false)
        ) as is_charge,
        -- The same units at the same amount for the same days, on another document: charged again.
        row_number() over (
            partition by
                lines.organization_id, lines.account_id, lines.subscription_id, lines.item, lines.currency,
                lines.line_period_start, lines.line_period_end, lines.is_documented, lines.status = 'void',
                lines.units, lines.amount
            order by lines.issued_at, lines.invoice_id, lines.invoice_line_id
        ) > 1
        and lines.amount > 0
        and lines.kind in ('usage', 'recurring') as is_repeated
    from priced as lines
    inner join organizations
        on organizations.organization_id = lines.organization_id
    window lines_of_item as (
        partition by
            lines.organization_id, lines.account_id, lines.subscription_id, lines.item, lines.period_start,
            lines.item_currency
    )
),

final as (
    select
        organization_id,
        invoice_line_id,
        invoice_id,
        account_id,
        subscription_id,
        item,
        kind,
        item_currency as currency,
        currency as line_currency,
        period_start,
        period_end,
        billing_month,
        is_claimed,
        is_after_end,
        is_documented and is_charge as is_documented,
        is_standing,
        is_stuck,
        status = 'void' as is_voided,
        is_repeated,
        is_foreign,
        is_converted,
        fx_multiplier,
        fx_divisor,
        minor_unit,
        units,
        amount as line_amount,
        {{ in_currency_of_item('amount', 'marked') }} as amount
    from marked
)

select * from final
