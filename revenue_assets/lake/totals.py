"""All events added up, in the cheapest way that is exact, and the totals given to the periods that claim them.

Where nothing happens to an account inside the window, its events are added up by name; those of the others are placed
in time one by one, which takes three times as long.
"""

from revenue_assets.lake.claims import name_routes
from revenue_assets.lake.workspace import Workspace


def name_claimed_totals(workspace: Workspace) -> None:
    """Name `event_totals`, `routes` and `claimed_totals` of the month, whose events are named (`name_events`)."""
    workspace.table("changed_accounts")
    if _most_are_unchanged(workspace):
        workspace.table("named_totals")
        workspace.view("events_of_changed_accounts")
        workspace.alias("events_to_locate", "events_of_changed_accounts")
        place = workspace.rows("select 1 from changed_accounts limit 1")
    else:
        workspace.table("named_totals", "no_totals")
        workspace.alias("events_to_locate", "staged_events")
        place = [(1,)]
    workspace.table("placed_totals", "placed_totals" if place else "no_placed_totals")
    unplaced = workspace.rows("select 1 from placed_totals where segment_id is null or mapping_id is null limit 1")
    workspace.table("unplaced_totals", "unplaced_totals" if unplaced else "no_totals")
    workspace.table("event_totals")
    workspace.alias("events_to_locate", "staged_events")
    name_routes(workspace, "event_totals")
    workspace.table("claimed_totals")


def _most_are_unchanged(workspace: Workspace) -> bool:
    """Whether totals by name are worth it: one month of events, one mapping per name, and mostly quiet accounts."""
    if workspace.rows("select 1 from run where window_start < month_start"):
        return False
    workspace.table("changing_mappings")
    if workspace.rows("select 1 from changing_mappings limit 1"):
        return False
    ((changed,),) = workspace.rows("select count(*) from changed_accounts")
    ((accounts,),) = workspace.rows("select count(distinct (organization_id, account_id)) from account_segments")
    return bool(2 * changed <= accounts)
