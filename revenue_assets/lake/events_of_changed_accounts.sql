-- The events that have to be placed one by one where most accounts' can be added up by name.
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
semi join changed_accounts
    on
        staged_events.organization_id = changed_accounts.organization_id
        and staged_events.account_id = changed_accounts.account_id
