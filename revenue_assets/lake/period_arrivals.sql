-- What the times of receipt change: one row per item of which something was reported too late for its invoice, or of
-- which the value received last is not the one that happened last.
with late as (
    select
        late_reports.claim_id,
        count(*) as events,
        sum(late_reports.units) as units,
        min(late_reports.occurred_at) as first_event_at,
        max(late_reports.occurred_at) as last_event_at
    from late_reports
    group by late_reports.claim_id
),

in_time as (
    select
        set_quantities.claim_id,
        set_quantities.units
    from set_quantities
    where set_quantities.event_set = 'in_time'
)

select
    run.source_name,
    claims.organization_id,
    claims.account_id,
    claims.subscription_id,
    claims.meter_id,
    claims.period_start,
    claims.period_end,
    run.billing_month,
    coalesce(late.events, 0) as late_events,
    case
        when late.claim_id is null then period_rungs.units_reported
        when claims.aggregation in ('max', 'last', 'unique_count') then coalesce(in_time.units, 0)
        else period_rungs.units_reported - late.units
    end::decimal(38, 12) as units_in_time,
    received_last.units::decimal(38, 12) as units_received_last,
    late.first_event_at,
    late.last_event_at
from claims
inner join period_rungs on claims.claim_id = period_rungs.claim_id
left join late on claims.claim_id = late.claim_id
left join in_time on claims.claim_id = in_time.claim_id
left join received_last on claims.claim_id = received_last.claim_id
cross join run
where
    late.claim_id is not null
    or received_last.units::decimal(38, 12) <> period_rungs.units_reported
order by claims.organization_id, claims.subscription_id, claims.meter_id, claims.period_start
