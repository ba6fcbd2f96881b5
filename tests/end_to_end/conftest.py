"""Installations that are closed once and looked at by many tests."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql

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
def shared(new_installation: Callable[[str], Installation]) -> Installation:
    """One installation for the sources that ship with the project; tests close them and leave them closed."""
    return new_installation("shared")


@pytest.fixture(scope="session")
def revmatch(shared: Installation) -> Installation:
    """The revmatch sample, closed."""
    shared.close("revmatch")
    return shared
