-- What was lost or overpaid, and a commitment or discount makes up for: docs/definitions.md#commitments-and-discounts.
with
causes as (
    select * from {{ ref('int_leak_causes') }}
    where {{ in_build_range('billing_month') }}
),

codes as (
    select * from {{ ref('leak_codes') }}
),

rated as (
    select * from {{ ref('int_item_rungs') }}
    where {{ in_build_range('billing_month') }}
),

event_findings as (
    select * from {{ ref('stg_period_findings') }}
    where {{ in_build_range('billing_month') }}
),

late_usage as (
    select * from {{ ref('int_late_usage') }}
),

-- What answered stands on items of their own, with the opposite sign.
answers as (
    select
        organization_id,
        account_id,
        subscription_id,
        period_start,
        currency,
        rung_number,
        string_agg(distinct item, ', ' order by item) as absorbed_by
    from causes
    where code = 'absorbed' and absorbed_code = ''
    group by organization_id, account_id, subscription_id, period_start, currency, rung_number
),

final as (
    select
        causes.organization_id,
        causes.account_id,
        causes.subscription_id,
        causes.item,
        causes.period_start,
        causes.currency,
        causes.absorbed_code as code,
        causes.period_end,
        causes.billing_month,
        codes.name,
        case when causes.leak_amount > 0 then 'under' else 'over' end as direction,
        answers.absorbed_by,
        {{ cause_units('causes.absorbed_code') }} as units,
        {{ cause_events('causes.absorbed_code') }} as events,
        causes.leak_amount as absorbed_amount,
        coalesce(rest.leak_amount, 0)::numeric(38, 12) as leak_amount
    from causes
    -- What is not invoiced yet was not lost either.
    inner join codes
        on
            codes.code = causes.absorbed_code
            and codes.is_finding
    inner join rated
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join answers
        using (organization_id, account_id, subscription_id, period_start, currency, rung_number)
    -- What is left of the cause is a finding; the customer pays it more or less.
    left join causes as rest
        on
            rest.organization_id = causes.organization_id
            and rest.account_id = causes.account_id
            and rest.subscription_id = causes.subscription_id
            and rest.item = causes.item
            and rest.period_start = causes.period_start
            and rest.currency = causes.currency
            and rest.code = causes.absorbed_code
            and rest.rung_number = causes.rung_number
    left join event_findings
        on
            event_findings.organization_id = causes.organization_id
            and event_findings.subscription_id = causes.subscription_id
            and event_findings.meter_id = causes.item
            and event_findings.period_start = causes.period_start
            and event_findings.code = causes.absorbed_code
    left join late_usage
        on
            causes.absorbed_code = 'U4'
            and late_usage.organization_id = causes.organization_id
            and late_usage.subscription_id = causes.subscription_id
            and late_usage.item = causes.item
            and late_usage.period_start = causes.period_start
    where causes.absorbed_code <> ''
)

select * from final
