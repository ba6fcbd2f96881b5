"""Closes that leave nothing behind: a scratch database on the warehouse's server, and a temporary lake beside the lake.

The steps are those of the monthly close, as plain functions: without Dagster, so that no run is noted, and without its
checks. Who wants such a close, and what is read off it, is not decided here.
"""

import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import psycopg
from psycopg import sql

from revenue_assets.assets.dbt_build import run_dbt
from revenue_assets.assets.environ import environment_with
from revenue_assets.assets.lake import publish_output
from revenue_assets.assets.lake_steps import LAKE_STEPS
from revenue_assets.assets.lock import one_run_at_a_time
from revenue_assets.contract.datasets import MONTHLY_DATASETS, SNAPSHOT_DATASETS
from revenue_assets.contract.load import LoadReport, load_month_datasets, load_snapshot
from revenue_assets.contract.source import Source
from revenue_assets.errors import CloseError
from revenue_assets.lake.steps import required_months
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.connection import connect, database_address
from revenue_assets.warehouse.raw import load_raw
from revenue_assets.warehouse.tables import ensure_tables

OnStep = Callable[[str], None]
_SUFFIX = "_scratch"


@contextmanager
def scratch_installation(on_wait: Callable[[], None] = lambda: None) -> Iterator[Path]:
    """Inside the block, settings and connections mean an empty database and an empty lake; give the latter's folder.

    Both are gone afterwards, also when the block is interrupted or the process is asked to end; what a killed process
    left is removed by the next one. Holds the lock of the installation.
    """
    with one_run_at_a_time(on_wait), _asked_to_end_is_interrupted():
        lake = get_settings().lake_dir
        folder, address = lake.with_name(f".{lake.name}{_SUFFIX}"), database_address()
        scratch = replace(address, database=address.database + _SUFFIX)
        with connect(autocommit=True) as administration:
            try:
                _remove(administration, scratch.database, folder)
                _create(administration, scratch.database)
                folder.mkdir(parents=True)
                with environment_with({"REVENUE_DATABASE_URL": scratch.url(), "LAKE_URL": str(folder / "lake")}):
                    get_settings.cache_clear()
                    yield folder
            finally:
                get_settings.cache_clear()
                _remove(administration, scratch.database, folder)


def close_in_scratch(
    source: Source, months: Sequence[str], models: Sequence[str], folder: Path, on_step: OnStep = lambda step: None
) -> list[LoadReport]:
    """Load the source, build the lake's steps and the dbt `models` with all they read; give what the loads brought.

    Raise RevenueError when something cannot be loaded or built.
    """
    reports = []
    for name in SNAPSHOT_DATASETS:
        if name in source.datasets:
            on_step(f"loading {name}")
            reports.append(load_snapshot(source, name))
    with_lead_in = sorted({*months, *required_months(source, months)})
    for name in MONTHLY_DATASETS:
        if name in source.datasets:
            on_step(f"loading {name}")
            reports.append(load_month_datasets(source, name, with_lead_in))
    with connect() as connection:
        ensure_tables(connection)
        load_raw(connection, source)
    for step in LAKE_STEPS:
        on_step(step.name)
        step.run(source, list(months))
        with connect() as connection:
            for output in step.writes:
                publish_output(connection, source, list(months), output)
    on_step("building the ladder")
    selection = ["--select", *(f"+{model}" for model in models), "--exclude-resource-type", "test", "unit_test"]
    outcome = run_dbt(["build", *selection], months, target_dir=folder / "dbt")
    if not outcome.is_success:
        reason = " ".join((outcome.errors or ["no reason given"])[0].split())
        raise CloseError(f"dbt could not build {', '.join(models)}: {reason}")
    return reports


def _create(administration: psycopg.Connection, database: str) -> None:
    try:
        administration.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
    except psycopg.errors.InsufficientPrivilege:
        raise CloseError(
            "The warehouse's user may not create the scratch database: let an administrator run "
            f'ALTER USER "{administration.info.user}" CREATEDB.'
        ) from None


def _remove(administration: psycopg.Connection, database: str, folder: Path) -> None:
    administration.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _asked_to_end_is_interrupted() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does; only the main thread may decide that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
