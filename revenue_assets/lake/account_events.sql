-- The usage of one account in one period: a filter on the raw files, which skips all but the account's pages.
select
    staged_events.side,
    staged_events.month,
    staged_events.organization_id,
    staged_events.event_id,
    staged_events.account_id,
    staged_events.event_name,
    staged_events.occurred_at,
    staged_events.units,
    staged_events.properties
from staged_events
where
    staged_events.side = 'usage'
    and staged_events.organization_id = getvariable('organization_id')
    and staged_events.account_id = getvariable('account_id')
    and staged_events.occurred_at >= getvariable('period_start')
    and staged_events.occurred_at < getvariable('period_end')
