"""What the billing system's meter refused: read whole, because rejections are few.

Which error codes say that an event had arrived before is data: `duplicate_rejections.csv`, each with its source. Codes
are compared letter by letter: the `Duplicate` of Azure and the `DuplicateRecord` of AWS are about the hour of a
customer and not about the event, and there the usage is lost.
"""

from collections.abc import Sequence
from pathlib import Path

from revenue_assets.lake.workspace import Workspace

REJECTIONS = "rejected_meter_events"
_DUPLICATES = Path(__file__).with_name("duplicate_rejections.csv")


def name_rejections(workspace: Workspace, months: Sequence[str]) -> None:
    """Name the last rejection of each event of these months; none where the source does not deliver them."""
    delivered = months if REJECTIONS in workspace.source.datasets else []
    files = [workspace.lake.month_file("raw", REJECTIONS, month, workspace.source.name) for month in delivered]
    workspace.files(f"raw_{REJECTIONS}", REJECTIONS, [file for file in files if file.exists()])
    workspace.csv("duplicate_rejections", _DUPLICATES)
    workspace.table("rejections")
