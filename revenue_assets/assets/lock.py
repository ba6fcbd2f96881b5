"""Lets one run at a time change the lake and the warehouse.

Each month is replaced atomically, but a run replaces many things one after the other: two runs at once could leave
events of one beside findings of the other. The lock lives in PostgreSQL, so it covers every machine that works on
this warehouse and is gone with the connection of a killed process.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from revenue_assets.errors import WarehouseUnavailableError
from revenue_assets.warehouse.connection import WENT_AWAY, connect

_LOCK = 20_260_110  # any constant that no other lock of the project uses
_held = threading.local()


@contextmanager
def one_run_at_a_time(on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock in the block. When another run has it, call `on_wait` once and wait for as long as it takes.

    May be nested within a thread: a command holds it around the run that would take it itself.
    """
    if getattr(_held, "depth", 0):
        yield
        return
    with connect(autocommit=True) as connection:
        if not _try(connection):
            on_wait()
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        _held.depth, _held.connection = 1, connection
        try:
            yield
        finally:
            _held.depth, _held.connection = 0, None
            _release(connection)


def watch_the_lock() -> Callable[[], None]:
    """A function for any thread that raises WarehouseUnavailableError when the lock of this thread is lost.

    A server that was restarted gives the lock to the next who asks, while the run that had it goes on with new
    connections: before each thing that it changes, it asks whether it is still alone. Without a lock nothing is asked.
    """
    connection: psycopg.Connection | None = getattr(_held, "connection", None)

    def refuse_when_lost() -> None:
        if connection is None:
            return
        try:
            connection.execute("select 1")
        except psycopg.OperationalError as error:
            raise WarehouseUnavailableError(WENT_AWAY) from error

    return refuse_when_lost


def _try(connection: psycopg.Connection) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
    return bool(row and row[0])


def _release(connection: psycopg.Connection) -> None:
    try:
        connection.execute("select pg_advisory_unlock(%s)", [_LOCK])
    except psycopg.OperationalError as error:
        raise WarehouseUnavailableError(WENT_AWAY) from error
