-- Meters that keep the last value: the value of the report that was received last, which may be another one than the
-- value that happened last.
select
    set_members.claim_id,
    arg_max(set_members.units, (raw_events.received_at, raw_events.event_id)) as units
from set_members
inner join raw_events
    on
        set_members.organization_id = raw_events.organization_id
        and set_members.event_id = raw_events.event_id
        and raw_events.side = 'reported'
anti join extra_copies on raw_events.row_address = extra_copies.row_address
where
    set_members.aggregation = 'last'
    and set_members.event_set = 'reported'
    and raw_events.received_at is not null
group by set_members.claim_id
