"""Forgets a source: what closes have kept of it in the lake and in the warehouse, never what it delivers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from revenue_assets.assets.lock import one_run_at_a_time
from revenue_assets.contract.source import source_names
from revenue_assets.errors import SourceError
from revenue_assets.lake.files import Lake
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.connection import connect
from revenue_assets.warehouse.forgetting import forget_rows


@dataclass(frozen=True)
class Forgotten:
    """What was removed: files of the lake, and rows per schema of the warehouse."""

    files: int
    rows: Mapping[str, int]


def forget(source_name: str, on_wait: Callable[[], None] = lambda: None) -> Forgotten:
    """Remove all that this installation keeps of a source; `on_wait` is called when another run has to end first.

    Raise SourceError when there is no such source and nothing is kept of one. When it is killed, calling it again
    removes the rest: a source without files has no rows, because the rows are removed before.
    """
    with one_run_at_a_time(on_wait):
        with connect() as connection:
            rows = forget_rows(connection, source_name)
        files = Lake.from_settings().files_of(source_name)
        for file in files:
            file.unlink()
    if not (rows or files) and source_name not in source_names():
        known = ", ".join(source_names()) or "none"
        raise SourceError(
            f"There is no source '{source_name}' in {get_settings().sources_dir}, and nothing is kept of one; "
            f"there is {known}."
        )
    return Forgotten(len(files), rows)
