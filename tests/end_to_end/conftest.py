"""Installations that are closed once and looked at by many tests."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from revenue_assets.settings import PROJECT_DIR
from revenue_assets.warehouse.address import DatabaseAddress
from tests.end_to_end.installation import Installation


@pytest.fixture(scope="session")
def new_installation(
    embedded_server: DatabaseAddress, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Installation]:
    """Makes empty installations; they live as long as the session's server."""

    def create(name: str) -> Installation:
        with psycopg.connect(embedded_server.url(), autocommit=True) as administration:
            statement = sql.SQL("create database {} template {}")
            administration.execute(statement.format(sql.Identifier(name), sql.Identifier(database_template)))
        server = embedded_server
        address = DatabaseAddress(server.host, server.port, server.user, server.password, name)
        return Installation(tmp_path_factory.mktemp(name), address)

    return create


@pytest.fixture(scope="session")
def revmatch(new_installation: Callable[[str], Installation]) -> Installation:
    """The revmatch sample, closed once as a range; tests only read it."""
    installation = new_installation("revmatch")
    installation.close("revmatch")
    return installation


@pytest.fixture(scope="session")
def shared(new_installation: Callable[[str], Installation]) -> Installation:
    """One installation for several sources; each test module closes its own in it."""
    return new_installation("shared")


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
