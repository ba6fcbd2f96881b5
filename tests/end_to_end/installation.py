"""An installation for tests: how it is closed, read, and compared with another."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from rich.console import Console

from revenue_assets.settings import Settings, get_settings
from revenue_assets.warehouse.address import DatabaseAddress
from tests.end_to_end.parts import only, writing_assets

_TABLES = """
select schemaname, tablename from pg_tables
where schemaname in ('raw', 'lake', 'intermediate', 'marts')
order by schemaname, tablename
"""


@dataclass(frozen=True)
class Installation:
    """A REVENUE_HOME with its own database. Only inside `active` do settings and commands mean this one."""

    home: Path
    address: DatabaseAddress

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to work on this installation."""
        return {"REVENUE_HOME": str(self.home), "REVENUE_DATABASE_URL": self.address.url()}

    @contextmanager
    def active(self, **variables: str) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for setting in Settings.model_fields.values():
                patch.delenv(str(setting.validation_alias), raising=False)
            patch.delenv("DAGSTER_HOME", raising=False)
            patch.setitem(Settings.model_config, "env_file", None)
            for name, value in (self.environment | variables).items():
                patch.setenv(name, value)
            get_settings.cache_clear()
            try:
                yield
            finally:
                get_settings.cache_clear()

    def close(
        self,
        source: str,
        first: str | None = None,
        last: str | None = None,
        *,
        rebuild: bool = False,
        is_checked: bool = True,
        **overrides: str,
    ) -> str:
        """Close and return what was printed; without its checks where others have asked them of the same data."""
        from revenue_assets.commands.close import close_months

        printed = io.StringIO()
        with self.active(), nullcontext() if is_checked else only([key for keys in writing_assets() for key in keys]):
            close_months(source, overrides, first, last, Console(file=printed, width=200), rebuild=rebuild)
        return printed.getvalue()

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(**self.address.keywords()) as connection:  # type: ignore[arg-type]  # libpq takes text
            return connection.execute(query.encode(), parameters).fetchall()

    def fingerprint(self) -> dict[str, str]:
        """A hash of the rows of every table that a close writes."""
        with psycopg.connect(**self.address.keywords()) as connection:  # type: ignore[arg-type]
            tables = connection.execute(_TABLES).fetchall()
            return {f"{schema}.{table}": _hash_of(connection, schema, table) for schema, table in tables}


def _hash_of(connection: psycopg.Connection, schema: str, table: str) -> str:
    query = sql.SQL('copy (select * from {} as t order by t::text collate "C") to stdout')
    digest = hashlib.sha256()
    with connection.cursor().copy(query.format(sql.Identifier(schema, table))) as rows:
        for row in rows:
            digest.update(row)
    return digest.hexdigest()
