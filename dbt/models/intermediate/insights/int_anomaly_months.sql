{{ config(materialized="table") }}

{#- The farthest spike and drop of a month, and what one event of that meter brought: docs/definitions.md#insights. -#}
with
spikes as (
    select * from {{ ref('int_usage_spikes') }}
),

drops as (
    select * from {{ ref('int_usage_drops') }}
),

margins as (
    select * from {{ ref('mart_usage_revenue_daily') }}
    where outcome = 'claimed'
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

-- A drop is known when its week is over.
anomalies as (
    select
        organization_id, 'usage_spike' as kind, account_id, meter_id, usage_date as began_on,
        date_trunc('month', usage_date::timestamp)::date as month,
        events, expected_events
    from spikes
    union all
    select
        organization_id, 'usage_drop' as kind, account_id, meter_id, week as began_on,
        date_trunc('month', week::timestamp + interval '6 days')::date as month,
        events, expected_events
    from drops
),

worst as (
    select distinct on (organization_id, kind, account_id, meter_id, month) *
    from anomalies
    order by
        organization_id asc, kind asc, account_id asc, meter_id asc, month asc,
        abs(events - expected_events) desc, began_on asc
),

-- By the eight weeks before: on the day itself one price may stand for many events.
prices as (
    select
        worst.organization_id,
        worst.kind,
        worst.account_id,
        worst.meter_id,
        worst.month,
        margins.currency,
        sum(margins.revenue_amount) / nullif(sum(margins.events), 0) as revenue_per_event
    from worst
    inner join margins
        on
            margins.organization_id = worst.organization_id
            and margins.account_id = worst.account_id
            and margins.meter_id = worst.meter_id
            and margins.usage_date >= worst.began_on - 56
            and margins.usage_date < worst.began_on
    group by worst.organization_id, worst.kind, worst.account_id, worst.meter_id, worst.month, margins.currency
),

final as (
    select
        worst.organization_id,
        worst.kind,
        worst.account_id,
        worst.meter_id,
        accounts.currency,
        worst.month,
        to_char(worst.began_on, 'YYYY-MM-DD') as detail,
        worst.events,
        worst.expected_events,
        round(abs(worst.events - worst.expected_events) * prices.revenue_per_event, 12) as amount
    from worst
    inner join accounts
        on
            accounts.organization_id = worst.organization_id
            and accounts.account_id = worst.account_id
    left join prices
        on
            prices.organization_id = worst.organization_id
            and prices.kind = worst.kind
            and prices.account_id = worst.account_id
            and prices.meter_id = worst.meter_id
            and prices.month = worst.month
            and prices.currency = accounts.currency
)

select * from final
