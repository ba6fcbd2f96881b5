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

late_usage as (
    select * from {{ ref('int_late_usage') }}
),

organizations as (
    select * from {{ ref('stg_organizations') }}
),

potential as (
    select * from {{ ref('int_potential_findings') }}
    where {{ in_build_range('billing_month') }}
),

beside as (
    select * from {{ ref('int_document_findings') }}
    where {{ in_build_range('billing_month') }}
),

remedies as (
    select * from {{ ref('leak_remedies') }}
),

windows as (
    select * from {{ ref('vendor_windows') }}
),

thresholds as (
    select * from {{ ref('severity_thresholds') }}
),

parts as (
    select * from {{ ref('int_finding_parts') }}
    where {{ in_build_range('billing_month') }}
),

measured as (
    select * from {{ ref('confidence') }}
),

confirmed as (
    select
        causes.organization_id,
        causes.account_id,
        causes.subscription_id,
        causes.item,
        causes.period_start,
        causes.period_end,
        causes.billing_month,
        causes.currency,
        causes.code,
        case when causes.leak_amount > 0 then 'under' else 'over' end as direction,
        'confirmed' as certainty,
        {{ cause_units('causes.code') }} as units,
        {{ cause_events('causes.code') }} as events,
        ladder.entitled_amount,
        coalesce(ladder.invoiced_amount, ladder.metered_amount) as billed_amount,
        causes.leak_amount,
        causes.maturity,
        case
            when causes.rung_number = 2 then event_findings.first_event_at
            when causes.code = 'U4' then late_usage.first_event_at
            else rated.first_event_at
        end as first_event_at,
        case
            when causes.rung_number = 2 then event_findings.last_event_at
            when causes.code = 'U4' then late_usage.last_event_at
            else rated.last_event_at
        end as last_event_at
    from causes
    inner join ladder
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    inner join rated
        using (organization_id, account_id, subscription_id, item, period_start, currency)
    left join event_findings
        on
            event_findings.organization_id = causes.organization_id
            and event_findings.subscription_id = causes.subscription_id
            and event_findings.meter_id = causes.item
            and event_findings.period_start = causes.period_start
            and event_findings.code = causes.code
    left join late_usage
        on
            causes.code = 'U4'
            and late_usage.organization_id = causes.organization_id
            and late_usage.subscription_id = causes.subscription_id
            and late_usage.item = causes.item
            and late_usage.period_start = causes.period_start
),

outside as (
    select
        potential.organization_id,
        potential.account_id,
        potential.subscription_id,
        potential.item,
        potential.period_start,
        potential.period_end,
        potential.billing_month,
        potential.currency,
        potential.code,
        'under' as direction,
        potential.certainty,
        potential.units,
        potential.events,
        null::numeric(38, 12) as entitled_amount,
        null::numeric(38, 12) as billed_amount,
        potential.leak_amount,
        {{ maturity('potential.period_end', 'organizations') }} as maturity,
        potential.first_event_at,
        potential.last_event_at
    from potential
    inner join organizations
        on organizations.organization_id = potential.organization_id
),

documented as (
    select
        beside.organization_id,
        beside.account_id,
        beside.subscription_id,
        beside.item,
        beside.period_start,
        beside.period_end,
        beside.billing_month,
        beside.currency,
        beside.code,
        beside.direction,
        beside.certainty,
        beside.units,
        null::bigint as events,
        null::numeric(38, 12) as entitled_amount,
        null::numeric(38, 12) as billed_amount,
        beside.leak_amount,
        {{ maturity('beside.period_end', 'organizations') }} as maturity,
        beside.first_event_at,
        beside.last_event_at
    from beside
    inner join organizations
        on organizations.organization_id = beside.organization_id
),

identified as (
    select
        md5(concat_ws(
            '|',
            organization_id,
            account_id,
            subscription_id,
            item,
            to_char(period_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            currency,
            code
        )) as finding_id,
        found.*
    from (
        select * from confirmed
        union all
        select * from outside
        union all
        select * from documented
    ) as found
),

-- The first remedy whose window is still open at as_of; the last of each code has no window.
remedied as (
    select distinct on (identified.finding_id)
        identified.*,
        organizations.as_of,
        remedies.remedy,
        -- A meter event is refused for its own age, so all of them are taken only until the first is too old.
        case remedies.action
            when 'meter_event' then coalesce(identified.first_event_at, identified.period_start)
            else identified.period_end
        end + {{ days('windows.days') }} as recoverable_until
    from identified
    inner join organizations
        on organizations.organization_id = identified.organization_id
    inner join remedies
        on
            remedies.code = identified.code
            and remedies.direction = identified.direction
    left join windows
        on
            windows.vendor = organizations.billing_vendor
            and windows.action = remedies.action
    where
        coalesce(windows.is_possible, true)
        and (
            windows.days is null
            or organizations.as_of < {{ days('windows.days') }}
            + case remedies.action
                when 'meter_event' then coalesce(identified.first_event_at, identified.period_start)
                else identified.period_end
            end
        )
    order by identified.finding_id, remedies.step
),

sized as (
    select
        remedied.*,
        (abs(remedied.leak_amount) >= coalesce(own.medium_amount, others.medium_amount))::integer
        + (abs(remedied.leak_amount) >= coalesce(own.high_amount, others.high_amount))::integer
        + (abs(remedied.leak_amount) >= coalesce(own.critical_amount, others.critical_amount))::integer
        + coalesce(
            remedied.as_of >= remedied.recoverable_until - {{ days('coalesce(own.urgent_days, others.urgent_days)') }},
            false
        )::integer as severity_level
    from remedied
    inner join thresholds as others
        on others.currency = '*'
    left join thresholds as own
        on own.currency = remedied.currency
),

final as (
    select
        sized.finding_id,
        sized.organization_id,
        sized.account_id,
        sized.subscription_id,
        sized.item,
        sized.period_start,
        sized.period_end,
        sized.billing_month,
        sized.currency,
        sized.code,
        codes.name,
        codes.bucket,
        sized.direction,
        sized.certainty,
        sized.units,
        sized.events,
        sized.entitled_amount,
        sized.billed_amount,
        sized.leak_amount,
        sized.maturity,
        sized.recoverable_until,
        sized.remedy,
        -- Over-billing is the customer's money: it is credited, and nothing of it comes back.
        case
            when sized.direction = 'under' and sized.remedy <> 'write_off' then sized.leak_amount
            else 0
        end::numeric(38, 12) as recoverable_amount,
        measured.confidence,
        (array['low', 'medium', 'high', 'critical'])[least(sized.severity_level, 3) + 1] as severity,
        sized.first_event_at,
        sized.last_event_at,
        sized.as_of as computed_at
    from sized
    left join parts
        using (organization_id, account_id, subscription_id, item, period_start, currency, code)
    inner join codes
        on codes.code = sized.code
    left join measured
        on
            measured.code = parts.code
            and measured.parts = parts.parts
)

select * from final
