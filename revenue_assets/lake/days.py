"""Usage by UTC day: events of the calendar month, and the quantities of its billing periods taken apart by day.

Events are added up by account, name and day first, and only then placed in time, as few rows. One by one are placed
those of days inside of which something changes for their account, of names whose mapping changes, and of meters whose
quantity is not a sum (`events_one_by_one.sql`).
"""

from collections.abc import Sequence

from revenue_assets.lake.claims import name_events, name_routes
from revenue_assets.lake.workspace import LakeSource, Workspace, open_workspace, step_sql

_DATASETS = ("period_usage_daily", "usage_daily")


def build_usage_daily(source: LakeSource, months: Sequence[str]) -> dict[str, int]:
    """Write `usage_daily` and `period_usage_daily` of the months; return the rows of usage_daily per month."""
    rows = {}
    with open_workspace(source) as workspace:
        workspace.references()
        workspace.variables({"counted_side": "usage" if "usage_events" in source.datasets else "reported"})
        for month in months:
            name_events(workspace, month)
            _name_days(workspace)
            for dataset in _DATASETS:
                target = workspace.lake.month_file("reconciled", dataset, month, source.name)
                rows[month] = workspace.write(step_sql(dataset), target)
    return rows


def _name_days(workspace: Workspace) -> None:
    workspace.table("changing_mappings")
    for step in ("names_by_set", "cut_days", "names_one_by_one", "day_totals"):
        workspace.table(step)
    workspace.view("known_accounts")
    workspace.table("numbered_accounts")
    workspace.table("numbered_meters")
    workspace.view("events_one_by_one")
    workspace.alias("events_to_locate", "events_one_by_one")
    workspace.view("whole_days")
    workspace.table("placed_days")
    name_routes(workspace, "placed_days")
    workspace.table("added_days")
    by_set = workspace.rows("select 1 from names_by_set limit 1")
    workspace.table("day_values", "day_values" if by_set else "no_day_values")
