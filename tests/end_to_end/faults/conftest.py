"""What the tests of faults share: a process that forks closes, copies of a closed installation, a stack on one."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from revenue_assets.stack import supervisor
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.server import free_port
from tests.end_to_end.dagster_ui import DagsterUi
from tests.end_to_end.faults.closing import ForkServer
from tests.end_to_end.installation import Installation

# Dagster keeps connections of a close in the process that ran it, and takes new ones for those that are gone.
_END_CONNECTIONS = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = %s"


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """Forks closes."""
    server = ForkServer()
    yield server
    server.end()


@pytest.fixture(scope="session")
def copy_of(
    embedded_server: DatabaseAddress, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Installation, str], Installation]:
    """Makes a copy of an installation that nobody works on, database and files."""

    def copy(original: Installation, name: str) -> Installation:
        server = embedded_server
        with psycopg.connect(server.url(), autocommit=True) as administration:
            administration.execute(_END_CONNECTIONS, [original.address.database])
            statement = sql.SQL("create database {} template {}")
            administration.execute(statement.format(sql.Identifier(name), sql.Identifier(original.address.database)))
        home = tmp_path_factory.mktemp(name)
        subprocess.run(["cp", "-a", f"{original.home}/.", home], check=True)
        return Installation(home, DatabaseAddress(server.host, server.port, server.user, server.password, name))

    return copy


@pytest.fixture(scope="module")
def ui(installation: Installation) -> Iterator[DagsterUi]:
    """The stack on the module's installation, and its UI."""
    settings = {
        "REVENUE_SOURCES": "revmatch",
        "REVENUE_UI_PORT": str(free_port()),
        "REVENUE_REPORTS_PORT": str(free_port()),
    }
    with installation.active(**settings):
        try:
            yield DagsterUi(supervisor.up(print))
        finally:
            supervisor.down(print)


@pytest.fixture
def another_state(part_of_the_data: Path) -> dict[str, Any]:
    """The configuration of a run whose source delivers something else: what it writes differs from what was there."""
    platform = {"sources": ["revmatch"], "overrides": {"data_dir": str(part_of_the_data)}}
    return {"resources": {"platform": {"config": platform}}}
