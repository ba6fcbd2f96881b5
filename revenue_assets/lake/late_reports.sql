-- The reports that came after the invoice of their period was finalized, in units of the meter. What is pending counts
-- on no side yet.
select
    invoice_cutoffs.claim_id,
    invoice_cutoffs.cutoff_at,
    late_candidates.organization_id,
    late_candidates.event_id,
    late_candidates.event_name,
    late_candidates.occurred_at,
    late_candidates.received_at,
    located_candidates.units
from late_candidates
inner join located_candidates
    on
        late_candidates.organization_id = located_candidates.organization_id
        and late_candidates.event_id = located_candidates.event_id
inner join routes
    on
        located_candidates.segment_id = routes.segment_id
        and located_candidates.meter_number = routes.meter_number
inner join invoice_cutoffs on routes.claim_id = invoice_cutoffs.claim_id
anti join findings
    on
        late_candidates.organization_id = findings.organization_id
        and late_candidates.event_id = findings.event_id
        and findings.outcome = 'pending'
where
    routes.outcome = 'claimed'
    and routes.is_billed_in_month
    and late_candidates.received_at > invoice_cutoffs.cutoff_at
