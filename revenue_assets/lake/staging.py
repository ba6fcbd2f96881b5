"""Staged events: which of the delivered copies of an event count.

`staged/<dataset>/month=M/<source>.parquet` holds every copy of the ids that were delivered more than once (few), each
with its row number in the raw file and a copy number; the staged events of the month are the raw file less copies 2, 3,
... (`staged_events.sql`). Row numbers are only good for the raw files they were taken from, so the staged file names
those, and is made again when they have changed.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from revenue_assets.lake.files import is_readable
from revenue_assets.lake.workspace import (
    EVENT_DATASETS,
    LakeSource,
    Workspace,
    literal,
    open_workspace,
    ordered,
    step_sql,
)
from revenue_assets.months import shift

_RAW_FILES = "raw_files"


def stage_events(source: LakeSource, dataset: str, months: Sequence[str]) -> dict[str, int]:
    """Resolve the duplicates of `usage_events` or `reported_events`; return the number of staged events per month.

    Also writes `reconciled/<dataset>_counts` (staged events and duplicates per organization) for the warehouse.
    """
    with open_workspace(source) as workspace:
        return {month: _stage_month(workspace, dataset, month) for month in months}


def name_staged_events(workspace: Workspace, months: Iterable[str]) -> None:
    """Name the staged events of both sides, of these months; stage those first whose raw files have changed since."""
    months = list(months)
    for dataset in EVENT_DATASETS:
        if dataset in workspace.source.datasets:
            for month in months:
                if _staged_from(workspace, dataset, month) != _raw_identity(workspace, dataset, month):
                    _stage_month(workspace, dataset, month)
    for dataset in EVENT_DATASETS:
        workspace.files(_raw_view(dataset), dataset, _raw_files(workspace, dataset, months))
    workspace.view("raw_events")
    _name_extra_copies(workspace, months, EVENT_DATASETS)
    workspace.view("staged_events")


def _stage_month(workspace: Workspace, dataset: str, month: str) -> int:
    lake, name = workspace.lake, workspace.source.name
    workspace.run_for(month, dataset=dataset)
    for each in EVENT_DATASETS:
        workspace.files(_raw_view(each), each, _raw_files(workspace, each, [month] if each == dataset else []))
    workspace.view("raw_events")
    if identity := _raw_identity(workspace, dataset, month):
        _name_candidates(workspace, dataset, month)
        target = lake.month_file("staged", dataset, month, name)
        workspace.write(step_sql("duplicates"), target, metadata={_RAW_FILES: identity})
    _name_extra_copies(workspace, [month], [dataset])
    workspace.table("event_counts")
    counts = lake.month_file("reconciled", f"{dataset}_counts", month, name)
    workspace.write(ordered("event_counts", "organization_id"), counts)
    return sum(events for (events,) in workspace.rows("select events from event_counts"))


def _name_candidates(workspace: Workspace, dataset: str, month: str) -> None:
    """Find the rows of the month whose ids may be repeated."""
    has_ids = workspace.source.matching == "event_id"
    workspace.files("earlier_events", dataset, _raw_files(workspace, dataset, [shift(month, -1)] if has_ids else []))
    workspace.table("repeated_hashes", "repeated_hashes" if has_ids else "no_hashes")
    workspace.table("candidates")
    workspace.table("ties")
    if workspace.rows("select 1 from ties limit 1"):
        workspace.table("candidates", "candidates_with_content")


def _name_extra_copies(workspace: Workspace, months: Sequence[str], datasets: Sequence[str]) -> None:
    for dataset in EVENT_DATASETS:
        files = [
            file
            for month in months
            if (file := workspace.lake.month_file("staged", dataset, month, workspace.source.name)).exists()
        ]
        wanted = dataset in datasets and dataset in workspace.source.datasets
        workspace.copies(f"{dataset}_copies", files if wanted else [])
    workspace.view("extra_copies")


def _raw_view(dataset: str) -> str:
    return f"raw_{dataset}"


def _raw_files(workspace: Workspace, dataset: str, months: Iterable[str]) -> list[Path]:
    """The raw files of these months; a month that was never loaded has none, nor has a dataset not delivered."""
    if dataset not in workspace.source.datasets:
        return []
    files = (workspace.lake.month_file("raw", dataset, month, workspace.source.name) for month in months)
    return [file for file in files if file.exists()]


def _raw_identity(workspace: Workspace, dataset: str, month: str) -> str | None:
    """Which versions of the raw files of a month, and of the month before, there are; None without the month."""
    if not _raw_files(workspace, dataset, [month]):
        return None
    files = _raw_files(workspace, dataset, [shift(month, -1), month])
    states = ((file, file.stat()) for file in files)
    return " ".join(f"{file.parent.name}:{state.st_size}:{state.st_mtime_ns}" for file, state in states)


def _staged_from(workspace: Workspace, dataset: str, month: str) -> str | None:
    """The raw files that the staged file of the month was made from; None where there is none that can be read."""
    file = workspace.lake.month_file("staged", dataset, month, workspace.source.name)
    if not file.exists() or not is_readable(file):
        return None
    found = workspace.rows(
        f"select decode(value) from parquet_kv_metadata({literal(str(file))}) where decode(key) = {literal(_RAW_FILES)}"
    )
    return str(found[0][0]) if found else None
