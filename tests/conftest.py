"""Fixtures that every test can use: an installation of its own, and a warehouse of its own.

One embedded server serves the whole session; each test that asks for `warehouse` gets a fresh database, copied from a
template that has our tables (tens of milliseconds). Nothing of the developer's own installation is read or touched.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from revenue_assets.settings import Settings, get_settings
from revenue_assets.warehouse import server
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.server import EmbeddedServer

_TEMPLATE = "template_of_tests"
_names = (f"test_{number}" for number in count(1))


@pytest.fixture(scope="session")
def embedded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseAddress]:
    """The session's server; it may lose data in a power failure, which makes it faster."""
    folder = tmp_path_factory.mktemp("postgres")
    embedded = EmbeddedServer(
        folder, folder / "server.log", {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    )
    yield embedded.start()
    embedded.stop()


@pytest.fixture(scope="session")
def database_template(embedded_server: DatabaseAddress) -> str:
    """The name of a database that has our tables and no rows."""
    from revenue_assets.warehouse.tables import ensure_tables

    with psycopg.connect(embedded_server.url(), autocommit=True) as administration:
        administration.execute(sql.SQL("create database {}").format(sql.Identifier(_TEMPLATE)))
    with psycopg.connect(**(embedded_server.keywords() | {"dbname": _TEMPLATE})) as connection:  # type: ignore[arg-type]
        ensure_tables(connection)
    return _TEMPLATE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty installation: REVENUE_HOME is a new folder, every other variable has its default."""
    for setting in Settings.model_fields.values():
        monkeypatch.delenv(str(setting.validation_alias), raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    folder = tmp_path / "home"
    monkeypatch.setenv("REVENUE_HOME", str(folder))
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "dagster"))
    (folder / "dagster").mkdir(parents=True)
    get_settings.cache_clear()
    yield folder
    if (folder / "postgres").exists():
        server.stop()
    get_settings.cache_clear()


@pytest.fixture
def warehouse(
    home: Path, embedded_server: DatabaseAddress, database_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DatabaseAddress]:
    """An empty database with our tables, which this installation uses as its warehouse."""
    name = next(_names)
    with psycopg.connect(embedded_server.url(), autocommit=True) as administration:
        administration.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(database_template))
        )
        address = DatabaseAddress(
            embedded_server.host, embedded_server.port, embedded_server.user, embedded_server.password, name
        )
        monkeypatch.setenv("REVENUE_DATABASE_URL", address.url())
        get_settings.cache_clear()
        yield address
        administration.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
