"""Connections that dbt keeps from one node to the next.

dbt closes its connection after every node, and so each of 600 nodes paid for a new server process: its log-in, its
empty caches of the catalog, its first plan of a deep view. Here a thread keeps its connection until dbt has ended, and
hands it over as new: no transaction, no changed setting, no temporary table and no lock of the node before.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext
from typing import Any
from unittest import mock

import psycopg2
from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.postgres.connections import PostgresConnectionManager
from dbt.adapters.postgres.impl import PostgresAdapter
from psycopg2.extensions import STATUS_READY, TRANSACTION_STATUS_IDLE

# What `discard all` does, but for the plans, and it may stand in a transaction.
_AS_NEW = """
    close all; set session authorization default; reset all; deallocate all; unlisten *;
    select pg_advisory_unlock_all(); discard temp; discard sequences
"""


_TEST = "test."  # begins the names of tests: queries, which leave nothing behind but their transaction


class KeptConnections(PostgresConnectionManager):
    """As dbt's own manager, but a node that ended leaves its connection to the next one of its thread."""

    def __init__(self, profile: Any, mp_context: SpawnContext) -> None:
        super().__init__(profile, mp_context)  # type: ignore[no-untyped-call]
        self._released: set[Hashable] = set()  # threads: dbt releases twice after every node

    def set_connection_name(self, name: str | None = None) -> Connection:
        """Begin a node."""
        self._released.discard(self.get_thread_identifier())
        return super().set_connection_name(name)

    def release(self) -> None:
        """Undo what the node has left behind; close the connection when that is not possible."""
        connection, thread = self.get_if_exists(), self.get_thread_identifier()
        if connection is None or connection.state != ConnectionState.OPEN:
            super().release()
        elif thread not in self._released:
            if not _made_new(connection):
                super().release()
            self._released.add(thread)


def _made_new(connection: Connection) -> bool:
    handle = connection.handle
    is_idle = handle.info.transaction_status == TRANSACTION_STATUS_IDLE
    try:
        if not is_idle:
            handle.rollback()
        if is_idle or not str(connection.name).startswith(_TEST):
            # dbt commits in words, of which psycopg2 does not know: it still sees a transaction and begins no other.
            begin = "" if handle.status == STATUS_READY else "begin; "
            with handle.cursor() as cursor:
                cursor.execute(begin + _AS_NEW)
            handle.commit()
    except psycopg2.Error:
        return False
    connection.transaction_open = False
    return True


@contextmanager
def kept_connections() -> Iterator[None]:
    """dbt commands of this process that begin in this block keep their connections until they end."""
    with mock.patch.object(PostgresAdapter, "ConnectionManager", KeptConnections):
        yield
