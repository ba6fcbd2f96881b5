-- The metering rung of each claim: the quantity that was used, and what became of it on its way to the meter. Sums are
-- the plain total of the usage side corrected by the findings, one step after the other; other aggregations come from
-- `set_quantities`. A missing side is zero: a period with reports and no usage is a row too.
-- `plain_units` and `events_reported` are the reported side added up by itself, to check the chain against, with the
-- events that a rejection as duplicates proves to have arrived: no report counts those.
with corrections as (
    select
        finding_totals.claim_id,
        coalesce(sum(finding_totals.units) filter (where finding_totals.code = 'U3'), 0) as rejected_units,
        coalesce(sum(finding_totals.units) filter (where finding_totals.code = 'U1'), 0) as unreported_units,
        coalesce(sum(finding_totals.units) filter (where finding_totals.code = 'U2'), 0) as differing_units,
        coalesce(sum(finding_totals.units) filter (where finding_totals.code = 'U8'), 0) as repeated_units,
        coalesce(sum(finding_totals.units) filter (where finding_totals.code = 'U9'), 0) as unused_units,
        coalesce(sum(finding_totals.units) filter (where finding_totals.outcome = 'pending'), 0) as pending_units,
        coalesce(sum(finding_totals.delivered_units), 0) as delivered_units,
        coalesce(sum(finding_totals.events) filter (where finding_totals.code in ('U3', 'U1')), 0) as lost_events,
        coalesce(sum(finding_totals.events) filter (where finding_totals.code in ('U8', 'U9')), 0) as surplus_events,
        coalesce(sum(finding_totals.events) filter (where finding_totals.outcome = 'pending'), 0) as pending_events,
        coalesce(sum(finding_totals.events) filter (where finding_totals.outcome = 'delivered'), 0) as delivered_events
    from finding_totals
    group by finding_totals.claim_id
),

sets as (
    select
        set_quantities.claim_id,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'actual'), 0) as actual,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'less_rejected'), 0)
            as less_rejected,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'less_unreported'), 0)
            as less_unreported,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'requantified'), 0)
            as requantified,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'with_reported_twice'), 0)
            as with_reported_twice,
        coalesce(max(set_quantities.units) filter (where set_quantities.event_set = 'reported'), 0) as reported
    from set_quantities
    group by set_quantities.claim_id
),

corrected as (
    select
        claimed_totals.claim_id,
        coalesce(claimed_totals.events_actual, 0) as events_actual,
        coalesce(claimed_totals.events_reported, 0)
        - coalesce(corrections.pending_events, 0)::bigint
        + coalesce(corrections.delivered_events, 0)::bigint as events_reported,
        coalesce(claimed_totals.events_actual, 0)
        - coalesce(corrections.lost_events, 0)
        + coalesce(corrections.surplus_events, 0) as events_explained,
        coalesce(claimed_totals.units_actual, 0) as units_actual,
        coalesce(claimed_totals.units_reported, 0)
        + coalesce(corrections.pending_units, 0)
        + coalesce(corrections.delivered_units, 0) as plain_units,
        coalesce(claimed_totals.units_actual, 0) - coalesce(corrections.rejected_units, 0) as less_rejected,
        coalesce(claimed_totals.units_actual, 0)
        - coalesce(corrections.rejected_units, 0)
        - coalesce(corrections.unreported_units, 0) as less_unreported,
        coalesce(corrections.differing_units, 0) as differing_units,
        coalesce(corrections.repeated_units, 0) as repeated_units,
        coalesce(corrections.unused_units, 0) as unused_units,
        coalesce(claimed_totals.first_used_at, claimed_totals.first_reported_at) as first_event_at,
        coalesce(claimed_totals.last_used_at, claimed_totals.last_reported_at) as last_event_at
    from claimed_totals
    left join corrections on claimed_totals.claim_id = corrections.claim_id
)

select
    corrected.claim_id,
    corrected.events_actual,
    corrected.events_reported,
    corrected.events_explained,
    coalesce(sets.actual, corrected.units_actual) as actual,
    coalesce(sets.less_rejected, corrected.less_rejected) as less_rejected,
    coalesce(sets.less_unreported, corrected.less_unreported) as less_unreported,
    coalesce(sets.requantified, corrected.less_unreported - corrected.differing_units) as requantified,
    coalesce(
        sets.with_reported_twice,
        corrected.less_unreported - corrected.differing_units - corrected.repeated_units
    ) as with_reported_twice,
    coalesce(
        sets.reported,
        corrected.less_unreported - corrected.differing_units - corrected.repeated_units - corrected.unused_units
    ) as reported,
    coalesce(sets.reported, corrected.plain_units) as plain_units,
    corrected.first_event_at,
    corrected.last_event_at
from corrected
left join sets on corrected.claim_id = sets.claim_id
