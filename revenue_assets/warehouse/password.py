"""A new password for the embedded server; of another server, its administrator gives one.

The new one is written beside the old before the server learns it, so a command that is killed in between locks nobody
out: calling it again finds the one that works.
"""

import contextlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from revenue_assets.errors import SettingsError, WarehouseUnavailableError
from revenue_assets.settings import get_settings
from revenue_assets.warehouse import server
from revenue_assets.warehouse.address import DatabaseAddress


def rotate_password() -> None:
    """Give the owner of the embedded database another random password; connections that stand are not cut.

    Raise SettingsError when the server is not ours, WarehouseUnavailableError when it does not let us in.
    """
    if get_settings().database_url:
        raise SettingsError(
            "REVENUE_DATABASE_URL names a server of your own: let its administrator change the password there "
            "(ALTER USER), write the new one into REVENUE_DATABASE_URL, then `revenue down` and `revenue up`."
        )
    address, file = server.start(), server.installed_server().folder / "password"
    following = file.with_name("password.following")
    tried = [address.password, *([following.read_text().strip()] if following.exists() else [])]
    with _let_in(address, tried) as connection:
        if connection.info.password != address.password:
            following.replace(file)  # it is the one in force: it must not be lost when this command is killed too
        new = secrets.token_urlsafe(24)
        following.touch()
        following.chmod(0o600)
        _write_durably(following, new)
        # Only its hash is sent, so that no log of statements can hold it.
        hashed = connection.pgconn.encrypt_password(new.encode(), address.user.encode(), b"scram-sha-256")
        statement = sql.SQL("alter user {} password {}").format(sql.Identifier(address.user), hashed.decode())
        connection.execute(statement)
    following.replace(file)


def _let_in(address: DatabaseAddress, passwords: Sequence[str]) -> psycopg.Connection:
    for password in passwords:
        with contextlib.suppress(psycopg.OperationalError):
            return psycopg.connect(replace(address, password=password).url(), autocommit=True)
    raise WarehouseUnavailableError(
        f"The embedded PostgreSQL does not accept its password in {server.installed_server().folder / 'password'}: "
        "restore a backup into another REVENUE_HOME, or put the right password there."
    )


def _write_durably(file: Path, text: str) -> None:
    with file.open("w") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
