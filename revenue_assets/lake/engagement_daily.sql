-- What accounts do in the product beside what is billed: events per account, name and UTC day. Of the events
-- of one id the earliest counts; events without an id count as they are. Copies are numbered among the ids that are
-- repeated at all, which are few.
with repeated_ids as (
    select
        organization_id,
        event_id
    from raw_engagement_events
    where event_id is not null
    group by organization_id, event_id
    having count(*) > 1
),

-- An id of the month before stays there: that month may be closed already, and the order of closing must not matter.
earlier_ids as (
    select
        organization_id,
        event_id
    from earlier_engagement_events
    where event_id is not null
),

copies as (
    select
        raw_engagement_events.file_row_number,
        row_number() over (
            partition by raw_engagement_events.organization_id, raw_engagement_events.event_id
            order by
                raw_engagement_events.occurred_at,
                raw_engagement_events.account_id,
                raw_engagement_events.event_name,
                raw_engagement_events.file_row_number
        ) as nth
    from raw_engagement_events
    semi join repeated_ids
        on
            raw_engagement_events.organization_id = repeated_ids.organization_id
            and raw_engagement_events.event_id = repeated_ids.event_id
),

extra_copies as (
    select file_row_number
    from copies
    where nth > 1
),

kept as (
    select
        raw_engagement_events.organization_id,
        raw_engagement_events.account_id,
        raw_engagement_events.event_name,
        make_timestamp(epoch_us(raw_engagement_events.occurred_at))::date as day
    from raw_engagement_events
    anti join earlier_ids
        on
            raw_engagement_events.organization_id = earlier_ids.organization_id
            and raw_engagement_events.event_id = earlier_ids.event_id
    anti join extra_copies
        on raw_engagement_events.file_row_number = extra_copies.file_row_number
)

select
    run.source_name,
    kept.organization_id,
    kept.account_id,
    kept.event_name,
    kept.day,
    run.billing_month as month,
    count(*) as events
from kept
cross join run
group by
    run.source_name,
    kept.organization_id,
    kept.account_id,
    kept.event_name,
    kept.day,
    run.billing_month
order by kept.organization_id, kept.account_id, kept.event_name, kept.day
