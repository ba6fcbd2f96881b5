"""Who claims an event: the inputs and the resolution that all steps share.

Events are placed first (segment of their account, mapping of their name), added up or picked out, and only then
resolved to a subscription and period, as few rows. The rules are in `located_events.sql` and `routes.sql`.
"""

from revenue_assets.lake.periods import name_calendar
from revenue_assets.lake.staging import name_staged_events
from revenue_assets.lake.workspace import Workspace


def name_events(workspace: Workspace, month: str) -> list[str]:
    """Name the staged events that `month` needs, located, and all that decides who claims them; return their months."""
    months = name_calendar(workspace, month)
    name_staged_events(workspace, months)
    workspace.run_for(month, first_month=months[0])
    name_located_events(workspace, "staged_events")
    return months


def name_located_events(workspace: Workspace, events: str) -> None:
    """Let `located_events` place the events of this view or table. Needs the account segments."""
    workspace.alias("events_to_locate", events)
    delivered = "event_mappings" in workspace.source.datasets
    workspace.table("mappings_in_force", "mappings_in_force" if delivered else "mappings_by_name")
    _fit_multipliers(workspace)
    workspace.view("located_events")


def _fit_multipliers(workspace: Workspace) -> None:
    """Give multipliers as few decimals as they need: products are exact, and each decimal would cost them a digit."""
    found = workspace.rows("select distinct multiplier from mappings_in_force")
    scale = max((-int(value.normalize().as_tuple().exponent) for (value,) in found), default=0)
    workspace.connection.execute(f"alter table mappings_in_force alter multiplier type decimal(38, {max(scale, 0)})")


def name_routes(workspace: Workspace, rows: str) -> None:
    """Resolve who claims the rows of this table, which have a segment and a meter."""
    workspace.alias("routable_rows", rows)
    workspace.table("routes")
    workspace.table("claims")
