"""DuckDB as the lake's engine: connections with this installation's limits.

Steps are `.sql` files beside this module, each one pure SELECT over named views; what registers the views and
writes the results is in `workspace.py`.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from revenue_assets.lake.faults import faults_of_the_machine
from revenue_assets.lake.left_overs import is_left_over, writer
from revenue_assets.settings import get_settings


@contextmanager
def duckdb_session() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB within the memory and thread limits of the settings, in UTC, spilling below REVENUE_HOME.

    Raise DiskFullError and DamagedFileError for what only the machine is to blame for.
    """
    settings = get_settings()
    parent = settings.home / "spill"
    with faults_of_the_machine(parent), _spill_folder(parent) as spill:
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
    """A folder of its own for each session; what killed processes left behind goes."""
    parent.mkdir(parents=True, exist_ok=True)
    for folder in parent.iterdir():
        if is_left_over(folder, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=f"{writer()}."))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
