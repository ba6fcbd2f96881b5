"""What accounts do in the product beside what is billed, counted by day: `engagement_daily.sql` over the raw files.

By calendar month of `occurred_at`, for it has nothing to do with billing periods. The month before is read too, for the
ids that came there already. A source that delivers no engagement has empty months, and so does a month never loaded.
"""

from collections.abc import Sequence

from revenue_assets.lake.workspace import LakeSource, Workspace, open_workspace, step_sql
from revenue_assets.months import shift

DATASET = "engagement_events"


def build_engagement_daily(source: LakeSource, months: Sequence[str]) -> dict[str, int]:
    """Write events per account, name and UTC day of the months; return the number of rows per month."""
    rows = {}
    with open_workspace(source) as workspace:
        for month in months:
            workspace.run_for(month)
            _name_events(workspace, "raw_engagement_events", month)
            _name_events(workspace, "earlier_engagement_events", shift(month, -1))
            target = workspace.lake.month_file("reconciled", "engagement_daily", month, source.name)
            rows[month] = workspace.write(step_sql("engagement_daily"), target)
    return rows


def _name_events(workspace: Workspace, name: str, month: str) -> None:
    file = workspace.lake.month_file("raw", DATASET, month, workspace.source.name)
    is_there = DATASET in workspace.source.datasets and file.exists()
    workspace.files(name, DATASET, [file] if is_there else [])
