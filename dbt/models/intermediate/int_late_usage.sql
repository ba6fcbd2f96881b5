{{ config(materialized="view", post_hook=[]) }}
{#- docs/definitions.md#late-usage: what came too late for its invoice, and which later line charges it. -#}

-- Arrivals of all months: whether a line charges what was late in an earlier period must not depend on the range.
with
arrivals as (
    select * from {{ ref('stg_period_arrivals') }}
),

usage as (
    select * from {{ ref('stg_period_usage') }}
),

lines as (
    select * from {{ ref('stg_billing_records') }}
    where kind = 'usage' and is_standing
),

periods as (
    select * from {{ ref('stg_billing_periods') }}
    where {{ in_build_range('billing_month') }}
),

items as (
    select
        arrivals.organization_id,
        arrivals.account_id,
        arrivals.subscription_id,
        arrivals.meter_id as item,
        arrivals.period_start,
        arrivals.period_end,
        arrivals.billing_month,
        arrivals.late_events,
        arrivals.units_in_time,
        arrivals.units_received_last,
        usage.units_reported - arrivals.units_in_time as late_units,
        arrivals.first_event_at,
        arrivals.last_event_at
    from arrivals
    inner join usage
        on
            usage.organization_id = arrivals.organization_id
            and usage.subscription_id = arrivals.subscription_id
            and usage.meter_id = arrivals.meter_id
            and usage.period_start = arrivals.period_start
),

next_lines as (
    select
        items.organization_id,
        items.subscription_id,
        items.item,
        items.period_start,
        items.late_units,
        lines.invoice_line_id,
        lines.invoice_id,
        lines.period_start as line_period_start,
        lines.units,
        dense_rank() over (
            partition by items.organization_id, items.subscription_id, items.item, items.period_start
            order by lines.issued_at, lines.invoice_id
        ) as invoice_number
    from items
    inner join lines
        on
            lines.organization_id = items.organization_id
            and lines.account_id = items.account_id
            and lines.subscription_id = items.subscription_id
            and lines.period_start >= items.period_end
    where items.late_events > 0
),

-- The first line of one of the next two invoices that charges these units exactly.
catching_lines as (
    select distinct on (
        next_lines.organization_id, next_lines.subscription_id, next_lines.item, next_lines.period_start
    )
        next_lines.organization_id,
        next_lines.subscription_id,
        next_lines.item,
        next_lines.period_start,
        next_lines.invoice_line_id,
        next_lines.line_period_start,
        next_lines.late_units
    from next_lines
    inner join lines
        on
            lines.organization_id = next_lines.organization_id
            and lines.invoice_line_id = next_lines.invoice_line_id
    where
        next_lines.invoice_number <= 2
        and lines.item = next_lines.item
        and next_lines.units = next_lines.late_units
    order by
        next_lines.organization_id asc,
        next_lines.subscription_id asc,
        next_lines.item asc,
        next_lines.period_start asc,
        next_lines.invoice_number asc,
        next_lines.invoice_line_id asc
),

-- A line pays for one earlier period only, the first.
charged_later as (
    select distinct on (organization_id, invoice_line_id)
        organization_id,
        subscription_id,
        item,
        period_start,
        line_period_start,
        late_units
    from catching_lines
    order by organization_id, invoice_line_id, period_start
),

caught_up as (
    select
        charged_later.organization_id,
        periods.account_id,
        charged_later.subscription_id,
        charged_later.item,
        periods.period_start,
        periods.billing_month,
        sum(charged_later.late_units) as caught_up_units
    from charged_later
    inner join periods
        on
            periods.organization_id = charged_later.organization_id
            and periods.subscription_id = charged_later.subscription_id
            and charged_later.line_period_start >= periods.period_start
            and charged_later.line_period_start < periods.period_end
    group by
        charged_later.organization_id,
        periods.account_id,
        charged_later.subscription_id,
        charged_later.item,
        periods.period_start,
        periods.billing_month
),

items_in_range as (
    select * from items
    where {{ in_build_range('billing_month') }}
),

final as (
    select
        organization_id,
        account_id,
        subscription_id,
        item,
        period_start,
        coalesce(items_in_range.billing_month, caught_up.billing_month) as billing_month,
        case
            when items_in_range.late_events is null or items_in_range.late_events = 0 then null
            when charged_later.organization_id is null then 'U4'
            else 'billed_later'
        end as late_code,
        coalesce(items_in_range.late_events, 0) as late_events,
        coalesce(items_in_range.late_units, 0)::numeric(38, 12) as late_units,
        items_in_range.units_received_last,
        coalesce(caught_up.caught_up_units, 0)::numeric(38, 12) as caught_up_units,
        items_in_range.first_event_at,
        items_in_range.last_event_at
    from items_in_range
    full join caught_up
        using (organization_id, account_id, subscription_id, item, period_start)
    left join charged_later
        using (organization_id, subscription_id, item, period_start)
)

select * from final
