-- What the billing system said last about each event id that it refused: its error, and whether that error says that
-- the event had arrived before (docs/definitions.md#rejected-by-the-meter). A rejection without a time comes before all
-- others, and of several at the same time one that is a loss counts: better seen than missed.
select
    raw_rejected_meter_events.organization_id,
    raw_rejected_meter_events.event_id,
    raw_rejected_meter_events.error_code,
    raw_rejected_meter_events.error_code in (
        select duplicate_rejections.error_code from duplicate_rejections
    ) as is_delivered
from raw_rejected_meter_events
qualify
    row_number() over (
        partition by raw_rejected_meter_events.organization_id, raw_rejected_meter_events.event_id
        order by
            raw_rejected_meter_events.rejected_at desc nulls last,
            is_delivered asc,
            raw_rejected_meter_events.error_code asc
    ) = 1
