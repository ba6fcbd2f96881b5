"""What events cost where a price is a percentage of each single one: the only amounts that need the events.

Rated are all percentages that may be in force; which one is, and rounding, is the warehouse's. The rule of the charge
model is `percentage_amounts.sql`.
"""

from revenue_assets.lake.workspace import Workspace


def name_percentage_amounts(workspace: Workspace) -> None:
    """Name `percentage_amounts`, from the claims and findings of the month; without a percentage no event is read."""
    workspace.table("percentage_charges")
    is_needed = bool(workspace.rows("select 1 from percentage_charges limit 1"))
    if is_needed:
        workspace.table("names_by_set", "names_by_charge")
        workspace.view("set_members")
        workspace.view("charged_events")
    workspace.table("percentage_amounts", "percentage_amounts" if is_needed else "no_amounts")
