"""Rating and classifying a month's items in PostgreSQL, beside one sequential aggregate over the same rows.

In a database of its own on the installation's server, so that the whole close does not find these items; it is gone
afterwards. The models are dbt's own, and their seconds those that dbt tells, writing and `analyze` included.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from bench.data import bench_sql
from revenue_assets.assets.dbt_build import run_dbt
from revenue_assets.settings import get_settings
from revenue_assets.warehouse.connection import connect, database_address
from revenue_assets.warehouse.tables import ensure_tables

ITEMS = 1_000_000
METERS = 4  # of each account of rating/company.sql
FLOOR = "rating: one sequential aggregate over the items"
PARTS = {
    "int_rated_items": "rating: rated",
    "int_agreed_items": "rating: commitments and discounts",
    "int_leak_causes": "rating: classified",
}
_DATABASE = "bench_rating"


def run_rating() -> dict[str, float]:
    """Build the models over the items twice, and return the seconds of the second time: a rebuild replaces a month."""
    with _database():
        with connect() as connection:
            ensure_tables(connection)
            connection.execute("select set_config('bench.accounts', %s, true)", [str(ITEMS // METERS)])
            connection.execute(bench_sql("rating/company").encode())
        with connect(autocommit=True) as connection:
            connection.execute("vacuum analyze")
        _build("+int_leak_causes")
        seconds = _build(*PARTS)
        with connect() as connection:
            _check(connection)
            connection.execute("set max_parallel_workers_per_gather = 0")
            began = time.perf_counter()
            connection.execute(bench_sql("rating/floor").encode())
            return {FLOOR: time.perf_counter() - began} | seconds


def _build(*models: str) -> dict[str, float]:
    outcome = run_dbt(["build", "--exclude-resource-type", "test", "--select", *models], [])
    if not outcome.is_success:
        raise SystemExit(" ".join(outcome.errors[0].split()))
    return {
        PARTS[event["data"]["node_info"]["node_name"]]: float(event["data"]["execution_time"])
        for event in outcome.events
        if event["info"]["name"] == "LogModelResult" and event["data"]["node_info"]["node_name"] in PARTS
    }


def _check(connection: psycopg.Connection) -> None:
    """Every item must be rated, and its causes must be all that lies between entitled and documented."""
    found = connection.execute(bench_sql("rating/check").encode()).fetchone()
    if found != (ITEMS, 0):
        raise SystemExit(f"{found} items and amounts without a cause instead of {(ITEMS, 0)}.")


@contextmanager
def _database() -> Iterator[None]:
    address = database_address()
    create, drop = (f"create database {_DATABASE}", f"drop database if exists {_DATABASE} with (force)")
    with psycopg.connect(**address.keywords(), autocommit=True) as administration:  # type: ignore[arg-type]
        administration.execute(drop)
        administration.execute(create)
        os.environ["REVENUE_DATABASE_URL"] = replace(address, database=_DATABASE).url()
        get_settings.cache_clear()
        try:
            yield
        finally:
            administration.execute(drop)
            del os.environ["REVENUE_DATABASE_URL"]
            get_settings.cache_clear()
