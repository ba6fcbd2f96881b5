"""A connection that dbt keeps comes to the next node as a new one would, whatever the one before it left behind."""

from collections.abc import Iterator
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from dbt.adapters.postgres.connections import PostgresCredentials
from dbt_common.exceptions import DbtRuntimeError
from dbt_common.helper_types import Port

from revenue_assets.assets.dbt_connections import KeptConnections
from revenue_assets.warehouse.address import DatabaseAddress
from tests.integration.conftest import Books

_LEFT_BEHIND = """
    set enable_nestloop = off; set timezone = 'Asia/Tokyo'; create temporary table scratch (id int);
    select pg_advisory_lock(7); prepare one as select 1; listen news; insert into kept values (1)
"""


@pytest.fixture
def manager(warehouse: DatabaseAddress, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptConnections]:
    """Connections to a database with an empty table `kept`, made as dbt makes them, one node after the other."""
    monkeypatch.setenv("PGOPTIONS", "-c revenue.from_month=2025-01-01")
    with psycopg.connect(warehouse.url(), autocommit=True) as connection:
        connection.execute("create table kept (id int)")
    credentials = PostgresCredentials(
        host=warehouse.host,
        port=Port(warehouse.port),
        user=warehouse.user,
        password=warehouse.password,
        database=warehouse.database,
        schema="public",
    )
    kept = KeptConnections(SimpleNamespace(credentials=credentials), get_context("spawn"))
    yield kept
    kept.cleanup_all()


def _node(manager: KeptConnections, name: str, sql: str, commit: bool = False) -> Any:
    """What the last statement of a node returns; the connection is released as after any node."""
    manager.set_connection_name(name)
    try:
        _, cursor = manager.add_query(sql, auto_begin=True)
        found = cursor.fetchone() if cursor.description else None
        if commit:
            manager.commit()  # type: ignore[no-untyped-call]
        return found
    finally:
        manager.release()


def _process(manager: KeptConnections) -> Any:
    return _node(manager, "which", "select pg_backend_pid()")[0]


def _left_to_the_next(manager: KeptConnections) -> Any:
    return _node(
        manager,
        "next",
        """
        select current_setting('enable_nestloop'), current_setting('timezone') = 'Asia/Tokyo',
            to_regclass('pg_temp.scratch'), (select count(*) from pg_locks where locktype = 'advisory'),
            (select count(*) from pg_prepared_statements), (select count(*) from pg_listening_channels()),
            current_setting('revenue.from_month')
        """,
    )


_AS_NEW = ("on", False, None, 0, 0, 0, "2025-01-01")


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "not committed"])
def test_the_next_node_finds_nothing_of_the_one_before(manager: KeptConnections, commit: bool) -> None:
    process = _process(manager)
    _node(manager, "first", _LEFT_BEHIND, commit)
    assert _left_to_the_next(manager) == _AS_NEW
    assert _process(manager) == process
    assert _node(manager, "count", "select count(*) from kept") == (1 if commit else 0,)


def test_a_node_that_failed_leaves_its_connection_usable_and_nothing_written(manager: KeptConnections) -> None:
    process = _process(manager)
    with pytest.raises(DbtRuntimeError, match="division by zero"):
        _node(manager, "failing", f"{_LEFT_BEHIND}; select 1 / 0")
    assert _left_to_the_next(manager) == _AS_NEW
    assert _process(manager) == process
    assert _node(manager, "count", "select count(*) from kept") == (0,)


def test_no_transaction_stays_open_between_nodes(manager: KeptConnections, warehouse: DatabaseAddress) -> None:
    process = _process(manager)
    for commit in (True, False):
        _node(manager, "writing", "insert into kept values (1)", commit)
        with psycopg.connect(warehouse.url()) as connection:
            state = connection.execute("select state from pg_stat_activity where pid = %s", [process]).fetchone()
        assert state == ("idle",)


def test_a_lost_connection_is_replaced_by_a_new_one(manager: KeptConnections, warehouse: DatabaseAddress) -> None:
    process = _process(manager)
    manager.set_connection_name("killed")
    with psycopg.connect(warehouse.url(), autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(%s, 5000)", [process])
    manager.release()
    assert _process(manager) != process


def test_a_build_opens_a_connection_per_thread_and_not_one_per_node(books: Books) -> None:
    query = "select sessions from pg_stat_database where datname = current_database()"
    (before,) = books.rows(query)
    nodes = books.dbt("build", "--exclude-resource-type", "test", "--select", "path:models/staging")
    books.connection.rollback()  # statistics stay as they are in a transaction
    (after,) = books.rows(query)
    assert len(nodes) > 30
    assert after["sessions"] - before["sessions"] <= 8
