"""Dagster's event log in PostgreSQL, as dagster-postgres keeps it, for runs with 1,700 events.

The same rows in the same tables. Connections are kept (each of a run's statements opened its own), what the tables look
like is asked once, and the events that plan a run are stored together instead of each by itself. dagster.yaml names it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, Self

import sqlalchemy as db
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.migration import ASSET_KEY_INDEX_COLS
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config, set_pg_statement_timeout
from sqlalchemy import event as database_event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from revenue_assets.automation.event_rows import Stored, evaluation_row, plan_rows


class Storage(DagsterPostgresStorage):
    """All of Dagster's storage, with this event log in it."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(postgres_url, inst_data=inst_data)
        self._event_log_storage = EventLog(postgres_url)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """The storage that dagster.yaml describes."""
        return cls(pg_url_from_config(config_value), inst_data)


class EventLog(PostgresEventLogStorage):
    """What a table has does not change while a process runs."""

    def __init__(self, postgres_url: str) -> None:
        super().__init__(postgres_url)
        self._tables: set[str] = set()
        self._columns: set[str] = set()
        # Two, because some calls are made inside of others. One that a restart of the server has cut is replaced.
        self._engine = create_pg_engine(
            postgres_url, isolation_level="AUTOCOMMIT", pool_size=2, max_overflow=8, pool_pre_ping=True
        )

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """Connections are kept anyway; here their statements get a limit, in milliseconds."""
        database_event.listen(
            self._engine, "connect", lambda connection, _: set_pg_statement_timeout(connection, statement_timeout)
        )

    def has_table(self, table_name: str) -> bool:
        """Whether the log has the table; one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns.add(column_name)
        return column_name in self._columns

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run together: a statement per table, whatever they tell.

        Plans and evaluations of checks, plans and materializations of assets, outputs of steps.
        """
        rows = [self._event_to_row(event) for event in events]
        insert = SqlEventLogStorageTable.insert().returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)
        with self._whole() as conn:
            stored = [
                Stored(event, int(told[0]), row["event"], row["timestamp"])
                for event, told, row in zip(events, conn.execute(insert, rows), rows, strict=True)
            ]
            assets = [one for one in stored if one.event.dagster_event_type in ASSET_EVENTS]
            if assets:
                self._store_asset_event_tags(conn, [one.event for one in assets], [one.number for one in assets])
                self._note_assets(conn, assets)
            checks = [one for one in stored if one.event.dagster_event_type in ASSET_CHECK_EVENTS]
            planned = [row for one in checks if one.is_plan for row in plan_rows(one)]
            if planned:
                conn.execute(AssetCheckExecutionsTable.insert(), planned)
            self._note_evaluations(conn, [one for one in checks if not one.is_plan])

    @contextmanager
    def _whole(self) -> Iterator[Connection]:
        """A transaction, which the engine gives nobody: Dagster stores the events of a failed batch one by one."""
        with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as conn, conn.begin():
            yield conn

    def _note_assets(self, conn: Connection, stored: Iterable[Stored]) -> None:
        """What the last event of each asset says of it."""
        has_columns = self.has_secondary_index(ASSET_KEY_INDEX_COLS)
        last = {str(one.event.get_dagster_event().asset_key): one for one in stored}
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        # By asset, always in one order: two runs that are planned at once would else lock each other's rows.
        for _, one in sorted(last.items(), key=itemgetter(0)):
            key = one.event.get_dagster_event().asset_key
            assert key is not None
            values = self._get_asset_entry_values(one.event, one.number, has_columns)
            alike.setdefault(tuple(values), []).append({"asset_key": key.to_string(), **values})
        for columns, rows in alike.items():
            insert = postgresql.insert(AssetKeyTable)
            told = {column: insert.excluded[column] for column in columns}
            known = [AssetKeyTable.c.asset_key]
            conn.execute(
                insert.on_conflict_do_update(index_elements=known, set_=told)
                if told
                else insert.on_conflict_do_nothing(),
                rows,
            )

    def _note_evaluations(self, conn: Connection, stored: Sequence[Stored]) -> None:
        """Put what was found in the place of what was planned; without a plan, as rows of their own."""
        if not stored:
            return
        table, given = AssetCheckExecutionsTable, [evaluation_row(one) for one in stored]
        columns = [column for column in table.c if column.name in given[0]]
        found = db.values(*(db.column(c.name, c.type) for c in columns), name="found").data(
            [tuple(row[c.name] for c in columns) for row in given]
        )
        same = [table.c[name] == found.c[name] for name in ("asset_key", "check_name", "run_id")]
        same.append(table.c.partition.is_not_distinct_from(found.c.partition))
        update = table.update().values({c: found.c[c.name] for c in columns}).where(*same)
        key = ("asset_key", "check_name", "partition")
        told = {tuple(row) for row in conn.execute(update.returning(*(table.c[name] for name in key)))}
        unplanned = [row for row in given if tuple(row[name] for name in key) not in told]
        if unplanned:
            conn.execute(table.insert().values(unplanned))
