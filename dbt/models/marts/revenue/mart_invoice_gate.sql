-- What draft invoices would bill if finalized now, beside what is owed. docs/definitions.md#the-pre-invoice-gate
with
rated as (
    select * from {{ ref('int_item_rungs') }}
    where {{ in_build_range('billing_month') }}
),

ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

-- Up to the documents: a draft counts as if it were finalized, so that it is one is no cause.
causes as (
    select * from {{ ref('int_leak_causes') }}
    where {{ in_build_range('billing_month') }} and (rung_number <= 5 or code = 'B9')
),

items as (
    select * from {{ ref('int_items') }}
    where {{ in_build_range('billing_month') }}
),

lines as (
    select * from {{ ref('int_item_lines') }}
    where {{ in_build_range('billing_month') }} and is_documented
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

codes as (
    select * from {{ ref('leak_codes') }}
),

advice as (
    select * from {{ ref('gate_advice') }}
),

drafted as (
    select
        lines.organization_id,
        lines.account_id,
        lines.subscription_id,
        lines.item,
        lines.period_start,
        lines.currency,
        string_agg(distinct lines.invoice_id, ', ' order by lines.invoice_id) as invoice_ids,
        coalesce(sum(lines.units), 0) as draft_units,
        sum(lines.amount) as draft_amount
    from lines
    where not lines.is_standing and not lines.is_voided
    group by
        lines.organization_id, lines.account_id, lines.subscription_id, lines.item, lines.period_start, lines.currency
),

-- Periods whose end a draft has seen: what they used and no line bills will not come by itself.
closed_by_draft as (
    select distinct
        lines.organization_id,
        lines.account_id,
        lines.subscription_id,
        lines.period_start
    from lines
    inner join invoices
        on
            invoices.organization_id = lines.organization_id
            and invoices.invoice_id = lines.invoice_id
    where invoices.status = 'draft' and invoices.issued_at >= lines.period_end
),

-- Up to which end of a period billing has come. From all documents: it must not depend on the months of the run.
billed_until as (
    select
        organization_id,
        max(period_end) as billed_until
    from {{ ref('stg_billing_records') }}
    where is_documented and period_end <= issued_at
    group by organization_id
),

gated as (
    select
        rated.organization_id,
        rated.account_id,
        rated.subscription_id,
        rated.item,
        rated.period_start,
        rated.currency,
        rated.period_end,
        rated.billing_month,
        rated.maturity,
        rated.unrated_reason,
        rated.contract_price_id,
        rated.documented_lines_of_period,
        rated.invoiced_amount,
        drafted.invoice_ids,
        drafted.draft_units,
        drafted.draft_amount,
        -- One day: billing writes the invoices of a day in any order.
        rated.maturity <> 'open'
        and rated.documented_lines = 0
        and (
            closed_by_draft.organization_id is not null
            or (
                rated.maturity = 'in_grace'
                and coalesce(billed_until.billed_until >= rated.period_end + {{ days('1') }}, false)
            )
        ) as is_missing
    from rated
    left join drafted
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join closed_by_draft
        using (organization_id, account_id, subscription_id, period_start)
    left join billed_until
        on billed_until.organization_id = rated.organization_id
),

-- What is not yet invoiced is no loss by itself; where no draft will bill it, it gets the name that it would get later.
named as (
    select
        gated.organization_id,
        gated.account_id,
        gated.subscription_id,
        gated.item,
        gated.period_start,
        gated.currency,
        case
            when causes.code <> 'not_yet_invoiced' or gated.maturity = 'open' then causes.code
            when causes.rung_number = 5 and gated.item = 'discount' then 'R5'
            when causes.rung_number = 5 then 'R4'
            when gated.documented_lines_of_period = 0 then 'B1'
            when gated.contract_price_id is not null and gated.item <> 'recurring' then 'B10'
            else 'unposted'
        end as code,
        causes.leak_amount
    from gated
    inner join causes
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    where gated.invoice_ids is not null or gated.is_missing
),

faults as (
    select
        named.organization_id,
        named.account_id,
        named.subscription_id,
        named.item,
        named.period_start,
        named.currency,
        (array_agg(named.code order by abs(named.leak_amount) desc, named.code))[1] as code,
        string_agg(
            named.code || ' ' || trim_scale(named.leak_amount), ', ' order by abs(named.leak_amount) desc, named.code
        ) as causes
    from named
    inner join codes
        on codes.code = named.code
    where codes.is_finding
    group by
        named.organization_id, named.account_id, named.subscription_id, named.item, named.period_start, named.currency
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        currency,
        gated.period_end,
        gated.billing_month,
        gated.maturity,
        gated.invoice_ids,
        coalesce(items.units_actual, 0)::numeric(38, 12) as expected_units,
        coalesce(gated.draft_units, 0)::numeric(38, 12) as draft_units,
        ladder.entitled_amount as expected_amount,
        gated.invoiced_amount::numeric(38, 12) as invoiced_amount,
        coalesce(gated.draft_amount, 0)::numeric(38, 12) as draft_amount,
        (ladder.entitled_amount - gated.invoiced_amount - coalesce(gated.draft_amount, 0))::numeric(38, 12)
            as difference_amount,
        -- Unknown is not right.
        case when gated.unrated_reason is null then faults.code is null end as is_right,
        faults.code,
        codes.name,
        faults.causes,
        advice.to_do,
        gated.unrated_reason
    from gated
    left join faults
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join ladder
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join items
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join codes
        on codes.code = faults.code
    left join advice
        on advice.code = faults.code
    where gated.invoice_ids is not null or faults.code is not null
)

select * from final
