"""DuckDB as the lake's engine: connections with this installation's limits.

Steps are `.sql` files beside this module, each one pure SELECT over named views; what registers the views and
writes the results is in `steps.py`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from revenue_assets.settings import get_settings


@contextmanager
def duckdb_session() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB within the memory and thread limits of the settings, in UTC, spilling below REVENUE_HOME."""
    settings = get_settings()
    spill = settings.home / "spill" / str(os.getpid())
    spill.mkdir(parents=True, exist_ok=True)
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
