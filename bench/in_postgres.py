"""The lake's work as plain SQL inside PostgreSQL, load included.

The server is the installation's own (embedded, unless REVENUE_DATABASE_URL names another), the tables are unlogged and
work_mem is generous, so that PostgreSQL has its best chance. Turning Parquet into CSV is not counted.
"""

import tempfile
import time
from pathlib import Path

import psycopg

from bench.data import EVENT_FILES, MONTH, SOURCE, bench_sql
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.files import Lake
from revenue_assets.lake.workspace import literal
from revenue_assets.warehouse.connection import connect

_STEPS = ("1_duplicates", "2_event_findings", "3_period_usage")
_EVENTS = "organization_id, event_id, account_id, event_name, occurred_at, units"
_SETTINGS = {"work_mem": "1GB", "max_parallel_workers_per_gather": "2", "maintenance_work_mem": "1GB"}


def run_in_postgres(folder: Path) -> dict[str, float]:
    """Load and compute; return the seconds of each part. The tables are gone afterwards, the counts are checked."""
    seconds: dict[str, float] = {}
    with connect(autocommit=True) as connection, tempfile.TemporaryDirectory() as csv_folder:
        for name, value in _SETTINGS.items():
            connection.execute(f"set {name} = '{value}'")
        connection.execute("drop schema if exists bench cascade")
        connection.execute(bench_sql("postgres/tables"))
        try:
            _write_csv(folder, Path(csv_folder))
            seconds["load"] = _load(connection, Path(csv_folder))
            for step in _STEPS:
                began = time.perf_counter()
                connection.execute(bench_sql(f"postgres/{step}"))
                seconds[step[2:]] = time.perf_counter() - began
            _check(connection)
        finally:
            connection.execute("drop schema bench cascade")
    return {"in PostgreSQL": sum(seconds.values())} | {f"PostgreSQL: {name}": value for name, value in seconds.items()}


def _write_csv(folder: Path, target: Path) -> None:
    periods = Lake.from_settings().month_file("reconciled", "billing_periods", MONTH, SOURCE)
    selects = {
        dataset: f"select {_EVENTS}, {received} from {literal(str(folder / f'{dataset}.parquet'))}"
        for dataset, received in zip(EVENT_FILES, ("received_at", "reported_at"), strict=True)
    } | {
        "periods": "select organization_id, account_id, subscription_id, period_start, period_end"
        f" from {literal(str(periods))}",
        "mappings": "select event_name, meter_id, multiplier from "
        + literal(str(Lake.from_settings().snapshot_file("raw", "event_mappings", SOURCE))),
    }
    with duckdb_session() as duck:
        for name, select in selects.items():
            duck.execute(f"copy ({select}) to {literal(str(target / name))} (format csv, header false)")


def _load(connection: psycopg.Connection, folder: Path) -> float:
    began = time.perf_counter()
    for name in (*EVENT_FILES, "periods", "mappings"):
        with (
            connection.cursor() as cursor,
            cursor.copy(f"copy bench.{name} from stdin (format csv)") as copy,
            (folder / name).open("rb") as text,
        ):
            while chunk := text.read(1 << 20):
                copy.write(chunk)
    connection.execute("analyze bench.usage_events, bench.reported_events, bench.periods, bench.mappings")
    return time.perf_counter() - began


def _check(connection: psycopg.Connection) -> None:
    """The same findings as the lake has written, or the comparison is worth nothing."""
    found = connection.execute(
        "select code, count(*), sum(meter_units) from bench.event_findings group by 1 order by 1"
    )
    file = Lake.from_settings().month_file("reconciled", "period_findings", MONTH, SOURCE)
    with duckdb_session() as duck:
        expected = duck.execute(
            f"select code, sum(events)::bigint, sum(units) from {literal(str(file))} group by 1 order by 1"
        ).fetchall()
    if found.fetchall() != expected:
        raise AssertionError(f"PostgreSQL and the lake found different things; the lake: {expected}")
