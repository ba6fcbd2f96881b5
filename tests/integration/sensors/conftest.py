"""A warehouse to look at, and the daemon's way of evaluating a sensor."""

from collections.abc import Iterator

import dagster as dg
import psycopg
import pytest

from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect
from tests.integration.sensors.world import REPOSITORY, SENSORS, TABLES, Tick


@pytest.fixture
def connection(warehouse: DatabaseAddress) -> Iterator[psycopg.Connection]:
    with connect(autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture
def tick(instance: dg.DagsterInstance) -> Tick:
    """Evaluates a sensor as the daemon does, and gives the sentence of the tick."""
    cursors: dict[str, str | None] = {}

    def evaluate(name: str) -> str:
        context = dg.build_sensor_context(instance, cursors.get(name), repository_def=REPOSITORY)
        ticked = SENSORS[name].evaluate_tick(context)
        cursors[name] = ticked.cursor
        return ticked.skip_message or ""

    return evaluate
