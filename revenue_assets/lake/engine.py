"""DuckDB as the lake's engine: connections with this installation's limits.

Steps are `.sql` files beside this module, each one pure SELECT over named views; what registers the views and
writes the results is in `workspace.py`.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from revenue_assets.settings import get_settings

_ABANDONED_AFTER_SECONDS = 24 * 3600


@contextmanager
def duckdb_session() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB within the memory and thread limits of the settings, in UTC, spilling below REVENUE_HOME."""
    settings = get_settings()
    with _spill_folder(settings.home / "spill") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": settings.duckdb_memory_limit,
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
        if settings.duckdb_threads:
            config["threads"] = settings.duckdb_threads
        connection = duckdb.connect(":memory:", config=config)
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


@contextmanager
def _spill_folder(parent: Path) -> Iterator[Path]:
    """A folder of its own for each session; those that killed processes left behind go after a day."""
    parent.mkdir(parents=True, exist_ok=True)
    for folder in parent.iterdir():
        with_age = time.time() - folder.stat().st_mtime if folder.exists() else 0
        if with_age > _ABANDONED_AFTER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
