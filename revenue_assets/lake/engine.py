"""DuckDB as the lake's engine: sessions with this installation's limits.

Steps are `.sql` files beside this module, each one pure SELECT over named views; what registers the views and
writes the results is in `workspace.py`. A close opens more than a hundred sessions: they share one DuckDB per process,
because starting one takes longer than most of them live.
"""

import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize
from pathlib import Path
from typing import NamedTuple

import duckdb

from revenue_assets.lake.faults import faults_of_the_machine
from revenue_assets.lake.left_overs import is_left_over, writer
from revenue_assets.settings import Settings, get_settings

_NUMBERS = itertools.count(1)
_lock = threading.Lock()
_engine: "_Engine | None" = None
_of_others: "list[_Engine | None]" = []


class _Engine(NamedTuple):
    """A DuckDB, whom it serves, and the folder into which it spills: made when it first does."""

    serves: object
    duckdb: duckdb.DuckDBPyConnection
    spill: Path


@contextmanager
def duckdb_session() -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB within the memory and thread limits of the settings, in UTC, spilling below REVENUE_HOME.

    What a session names or sets is its own. Raise DiskFullError and DamagedFileError for what only the machine is to
    blame for.
    """
    settings = get_settings()
    with faults_of_the_machine(settings.home / "spill"):
        session = _running(settings).cursor()
        name = f"session_{next(_NUMBERS)}"
        try:
            session.execute(f"attach ':memory:' as {name}; use {name}; set TimeZone = 'UTC'")
            yield session
        finally:
            _end(session, name)


def _running(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The DuckDB of this process; other settings need another."""
    global _engine
    serves = (settings.home, settings.duckdb_memory_limit, settings.duckdb_threads)
    with _lock:
        if _engine is None or _engine.serves != serves:
            spill = _spill_folder(settings.home / "spill")
            config: dict[str, str | bool | int | float | list[str]] = {
                "memory_limit": settings.duckdb_memory_limit,
                "temp_directory": str(spill),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                # The lake's files are replaced while a process lives: each read is of what stands there.
                "enable_external_file_cache": False,
            }
            if settings.duckdb_threads:
                config["threads"] = settings.duckdb_threads
            _engine = _Engine(serves, duckdb.connect(":memory:", config=config), spill)
            Finalize(None, _stop, exitpriority=0)  # copies of a process end without what atexit knows
        return _engine.duckdb


def _end(session: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop what the session has made. One that cannot be ended is of a DuckDB that a fault has stopped: begin anew."""
    global _engine
    try:
        session.execute(f"use memory; detach {name}")
    except duckdb.Error:
        with _lock:
            _engine = None
    session.close()


def _spill_folder(parent: Path) -> Path:
    """A folder of its own for each process; what killed processes left behind goes."""
    parent.mkdir(parents=True, exist_ok=True)
    for folder in parent.iterdir():
        if is_left_over(folder, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    return parent / f"{writer()}.{next(_NUMBERS)}"


def _stop() -> None:
    if _engine:
        _engine.duckdb.close()
        shutil.rmtree(_engine.spill, ignore_errors=True)


def _begin_as_copy() -> None:
    """A copy has none of the threads of the DuckDB that it was copied with: it can neither use nor end it."""
    global _engine, _lock
    _of_others.append(_engine)
    _engine, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_begin_as_copy)
