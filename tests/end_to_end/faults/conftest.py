"""What the tests of faults share: a process that forks closes, and installations that are copies of a closed one."""

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from revenue_assets.settings import PROJECT_DIR
from revenue_assets.warehouse.address import DatabaseAddress
from tests.end_to_end.faults.closing import ForkServer
from tests.end_to_end.installation import Installation


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
            statement = sql.SQL("create database {} template {}")
            administration.execute(statement.format(sql.Identifier(name), sql.Identifier(original.address.database)))
        home = tmp_path_factory.mktemp(name)
        subprocess.run(["cp", "-a", f"{original.home}/.", home], check=True)
        return Installation(home, DatabaseAddress(server.host, server.port, server.user, server.password, name))

    return copy


@pytest.fixture(scope="session")
def part_of_the_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The revmatch sample without every other charge of the tenant who was billed right."""
    data, folder = PROJECT_DIR / "sources" / "revmatch" / "data", tmp_path_factory.mktemp("part")
    shutil.copy(data / "usage_events.csv", folder)
    name = "billing_records.csv"
    with (data / name).open(newline="") as file, (folder / name).open("w", newline="") as target:
        kept = (row for number, row in enumerate(csv.reader(file)) if row[0] != "initech_io" or number % 2)
        csv.writer(target).writerows(kept)
    return folder
