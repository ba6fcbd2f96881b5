"""Connections to this installation's warehouse, wherever that is.

REVENUE_DATABASE_URL names a server; without it the embedded one is used, and started when it does not run. Nobody
else decides between the two.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from revenue_assets.errors import DiskFullError, WarehouseUnavailableError
from revenue_assets.settings import get_settings
from revenue_assets.warehouse import server
from revenue_assets.warehouse.address import DatabaseAddress

__all__ = ["DatabaseAddress", "address_if_running", "connect", "database_address", "reason_of"]

WENT_AWAY = "PostgreSQL went away during the run: start it and close the same months again."
_CONNECT_SECONDS = "10"


def database_address() -> DatabaseAddress:
    """The address of the warehouse; starts the embedded server when no other is named.

    Raise WarehouseUnavailableError when it cannot be started, SettingsError when REVENUE_DATABASE_URL is no address.
    """
    url = get_settings().database_url
    return DatabaseAddress.parse(url) if url else server.start()


def address_if_running() -> DatabaseAddress | None:
    """The address of the warehouse without starting anything; None when the embedded server does not run."""
    url = get_settings().database_url
    return DatabaseAddress.parse(url) if url else server.installed_server().address_if_running()


@contextmanager
def connect(autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """A connection in UTC: what the block did is committed when it ends well, rolled back when it raises.

    Raise WarehouseUnavailableError, naming server and reason but never the password, when the server does not answer
    or goes away in the block, and DiskFullError when it has no room for what the block writes.
    """
    connection = _open(autocommit)
    try:
        with connection:
            yield connection
    except psycopg.errors.DiskFull as error:
        raise DiskFullError(
            f"PostgreSQL has no room left on its disk ({error.diag.message_primary}): make room there, then close the "
            "same months again; what was closed before is still whole."
        ) from error
    except psycopg.OperationalError as error:
        if not connection.broken:
            raise
        raise WarehouseUnavailableError(WENT_AWAY) from error


def _open(autocommit: bool) -> psycopg.Connection:
    is_embedded = not get_settings().database_url
    for attempts_left in (2, 1, 0) if is_embedded else (0,):
        address = database_address()
        keywords = {"connect_timeout": _CONNECT_SECONDS, "application_name": "revenue"} | address.keywords()
        try:
            connection = psycopg.connect(**keywords, autocommit=autocommit)  # type: ignore[arg-type]  # libpq takes text
            connection.execute("set timezone = 'UTC'")
            if not autocommit:
                connection.commit()  # or a rollback of the block would undo the setting
            return connection
        except psycopg.OperationalError as error:
            if attempts_left:
                time.sleep(0.2)  # the embedded server was killed this very moment: asking again starts it anew
                continue
            raise WarehouseUnavailableError(
                f"PostgreSQL at {address.host}:{address.port} does not let us in ({reason_of(error, address)}): "
                "check that it runs and that REVENUE_DATABASE_URL is right, then try again."
            ) from None
    raise AssertionError("unreachable")


def reason_of(error: psycopg.Error, address: DatabaseAddress) -> str:
    """The cause out of what libpq tells, which adds advice on further lines; never with the password in it."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason given")
    reason = first.rpartition("failed: ")[2].removesuffix(".")
    return reason.replace(address.password, "***") if address.password else reason
