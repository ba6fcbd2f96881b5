{{ config(
    indexes=[
        {"columns": ["finding_id"], "unique": true},
        {"columns": ["organization_id", "billing_month", "account_id"]},
    ]
) }}

with
causes as (
    select * from {{ ref('int_leak_causes') }}
    where {{ in_build_range('billing_month') }} and is_finding
),

codes as (
    select * from {{ ref('leak_codes') }}
),

ladder as (
    select * from {{ ref('int_ladder') }}
    where {{ in_build_range('billing_month') }}
),

rated as (
    select * from {{ ref('int_item_rungs') }}
    where {{ in_build_range('billing_month') }}
),

event_findings as (
    select * from {{ ref('stg_period_findings') }}
    where {{ in_build_range('billing_month') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

final as (
    select
        md5(concat_ws(
            '|',
            causes.organization_id,
            causes.account_id,
            causes.subscription_id,
            causes.item,
            to_char(causes.period_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            causes.currency,
            causes.code
        )) as finding_id,
        causes.organization_id,
        causes.account_id,
        causes.subscription_id,
        causes.item,
        causes.period_start,
        causes.period_end,
        causes.billing_month,
        causes.currency,
        causes.code,
        codes.name,
        codes.bucket,
        case when causes.leak_amount > 0 then 'under' else 'over' end as direction,
        'confirmed' as certainty,
        case
            when causes.rung_number = 2 then event_findings.units
            when causes.code in ('B1', 'B10') then rated.units_reported
            when causes.code = 'unposted' and rated.is_claimed then rated.units_reported - rated.billed_units
            else rated.billed_units
        end::numeric(38, 12) as units,
        case
            when causes.rung_number = 2 then event_findings.events
            when causes.code in ('B1', 'B10') then rated.events
        end as events,
        ladder.entitled_amount,
        coalesce(ladder.invoiced_amount, ladder.metered_amount) as billed_amount,
        causes.leak_amount,
        causes.maturity,
        null::timestamptz as recoverable_until,
        null::text as remedy,
        null::numeric(38, 12) as recoverable_amount,
        null::numeric(38, 12) as confidence,
        null::text as severity,
        case when causes.rung_number = 2 then event_findings.first_event_at else rated.first_event_at end
            as first_event_at,
        case when causes.rung_number = 2 then event_findings.last_event_at else rated.last_event_at end
            as last_event_at,
        organizations.as_of as computed_at
    from causes
    inner join codes
        on codes.code = causes.code
    inner join ladder
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    inner join rated
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    inner join organizations
        on organizations.organization_id = causes.organization_id
    left join event_findings
        on
            event_findings.organization_id = causes.organization_id
            and event_findings.subscription_id = causes.subscription_id
            and event_findings.meter_id = causes.item
            and event_findings.period_start = causes.period_start
            and event_findings.code = causes.code
)

select * from final
