"""The database of a backup: written by pg_dump, read back by pg_restore into a database beside, which then takes the
place of the old one at once.

The programs are those of the embedded server. They must be of the server's own major version: an older one cannot read
its tables, and what a newer one writes it may not understand.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from revenue_assets.backup.manifest import BackupError
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect, reason_of
from revenue_assets.warehouse.programs import Programs

_BESIDE, _BEFORE = "_restoring", "_replaced"
_HOLDS_SOMETHING = """
select exists(select from {table})
"""
_OTHERS = """
select distinct coalesce(nullif(application_name, ''), 'without a name') || coalesce(' at ' || host(client_addr), '')
from pg_stat_activity
where
    datname = current_database()
    and backend_type = 'client backend'
    and application_name not like 'revenue%'
order by 1
"""
# What only a close, or people, can have put there.
_OURS = (("raw", "organizations"), ("app", "finding_versions"), ("dagster", "runs"))


def server_version() -> str:
    """The version of the warehouse's server, such as 18.6."""
    with connect() as connection:
        return connection.execute("show server_version").fetchall()[0][0].split()[0]  # type: ignore[no-any-return]


def dump(address: DatabaseAddress, file: Path) -> None:
    """Write the whole database, Dagster's own schema included, as it is at one moment. Raise BackupError."""
    options = ["--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges", "--no-password"]
    _run("pg_dump", [*options, f"--file={file}"], address, "The database cannot be backed up")


def is_empty() -> bool:
    """Whether nothing was ever closed into, nor run in, the warehouse."""
    with connect() as connection:
        for name in _OURS:
            exists = connection.execute("select to_regclass(%s) is not null", [".".join(name)]).fetchall()[0][0]
            query = sql.SQL(_HOLDS_SOMETHING).format(table=sql.Identifier(*name))
            if exists and connection.execute(query).fetchall()[0][0]:
                return False
    return True


def refuse_other_programs() -> None:
    """Raise BackupError when something else works in the database, such as services on another machine."""
    with connect() as connection:
        found = connection.execute(_OTHERS).fetchall()
    if found:
        raise BackupError(
            f"Other programs are connected to the database ({', '.join(name for (name,) in found)}): stop them first, "
            "with `revenue down` or `docker compose stop`, wherever they run. Nothing was changed."
        )


@contextmanager
def restored_beside(address: DatabaseAddress, file: Path) -> Iterator[DatabaseAddress]:
    """Inside the block, the dump is a database of its own; it is dropped at the end unless it took the old one's place.

    Raise BackupError when it cannot be created or read back.
    """
    beside = replace(address, database=address.database + _BESIDE)
    with _administration(address) as connection:
        _drop(connection, beside.database)
        try:
            connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(beside.database)))
        except psycopg.errors.InsufficientPrivilege:
            raise BackupError(
                "The warehouse's user may not create a database, into which the backup is read: let an administrator "
                f'run ALTER USER "{address.user}" CREATEDB. Nothing was changed.'
            ) from None
    try:
        options = ["--exit-on-error", "--no-owner", "--no-privileges", "--no-password", "--jobs=2"]
        options += [f"--dbname={beside.database}", str(file)]
        _run("pg_restore", options, beside, "The database cannot be restored")
        yield beside
    finally:
        with _administration(address) as connection:
            _drop(connection, beside.database)


def take_place(address: DatabaseAddress, beside: DatabaseAddress) -> None:
    """Let the database `beside` be the warehouse from now on, in one transaction; the old one is kept aside."""
    old = address.database + _BEFORE
    with _administration(address) as connection:
        _drop(connection, old)
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [address.database]
        )
        with connection.transaction():
            rename = sql.SQL("alter database {} rename to {}")
            connection.execute(rename.format(sql.Identifier(address.database), sql.Identifier(old)))
            connection.execute(rename.format(sql.Identifier(beside.database), sql.Identifier(address.database)))


def drop_replaced(address: DatabaseAddress) -> None:
    """Drop the database whose place another took."""
    with _administration(address) as connection:
        _drop(connection, address.database + _BEFORE)


@contextmanager
def _administration(address: DatabaseAddress) -> Iterator[psycopg.Connection]:
    """A connection beside the warehouse's database, which can be renamed only while nobody is in it."""
    keywords = address.keywords() | {"dbname": "postgres", "application_name": "revenue restore"}
    try:
        with psycopg.connect(**keywords, autocommit=True) as connection:  # type: ignore[arg-type]  # libpq takes text
            yield connection
    except psycopg.OperationalError as error:
        raise BackupError(
            f"Databases cannot be exchanged from the database `postgres` of {address.host}:{address.port} "
            f"({reason_of(error, address)}): let an administrator allow it; the installation is as it was."
        ) from None


def _drop(connection: psycopg.Connection, database: str) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))


def _run(program: str, options: Sequence[str], address: DatabaseAddress, what: str) -> None:
    """Run a program of PostgreSQL; the password goes through its environment, which others cannot read."""
    programs, major = Programs.for_user(None), server_version().partition(".")[0]
    if programs.major_version != major:
        raise BackupError(
            f"The server is PostgreSQL {major} and the programs of this installation are of {programs.major_version}: "
            f"back up and restore this database with {program} of PostgreSQL {major}, and the lake by copying it."
        )
    environment = os.environ | address.libpq_environment()
    done = subprocess.run(
        [programs.bin_dir / program, *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if "error:" in line), "no reason given")
        raise BackupError(f"{what}: {reason.partition('error:')[2].strip() or reason}.")
