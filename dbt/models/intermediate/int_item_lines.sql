{{ config(materialized="view", post_hook=[]) }}

with
lines as (
    select * from {{ ref('int_billed_lines') }}
    where {{ in_build_range('billing_month') }} and is_pre_tax
),

organizations as (
    select * from {{ ref('stg_organizations') }}
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
    from lines
    inner join organizations
        on organizations.organization_id = lines.organization_id
    window lines_of_item as (
        partition by
            lines.organization_id, lines.account_id, lines.subscription_id, lines.item, lines.period_start,
            lines.currency
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
        currency,
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
        units,
        amount
    from marked
)

select * from final
