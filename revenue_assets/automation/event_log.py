"""Dagster's event log in PostgreSQL, as dagster-postgres keeps it, for runs with 1,700 events.

The same rows in the same tables. Connections are kept (each of a run's statements opened its own), what the tables look
like is asked once, and the events that plan a run are stored together instead of each by itself. dagster.yaml names it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData, serialize_value
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config, set_pg_statement_timeout
from sqlalchemy import event as database_event
from sqlalchemy.engine import Connection

_PLANS = {dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED, dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED}
_AT_ONCE = 500


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
        """Store events of one kind together: those that plan too, of which every run has one per asset and check."""
        if {event.dagster_event_type for event in events} <= _PLANS:
            for begin in range(0, len(events), _AT_ONCE):
                self._store_plans(events[begin : begin + _AT_ONCE])
        else:
            super().store_event_batch(events)

    def _store_plans(self, events: Sequence[EventLogEntry]) -> None:
        insert = self.prepare_insert_event_batch(events).returning(SqlEventLogStorageTable.c.id)
        with self.index_transaction() as conn:
            ids = [int(row[0]) for row in conn.execute(insert).fetchall()]
            checks: list[dict[str, Any]] = []
            # By asset, always in one order: two runs that are planned at once would else lock each other's rows.
            for event, event_id in sorted(zip(events, ids, strict=True), key=_by_asset):
                if event.dagster_event_type in ASSET_EVENTS:
                    self._store_asset_event(conn, event, event_id)
                elif event.dagster_event_type in ASSET_CHECK_EVENTS:
                    checks += self._planned_checks(event, event_id)
            if checks:
                conn.execute(AssetCheckExecutionsTable.insert().values(checks))

    def _planned_checks(self, event: EventLogEntry, event_id: int) -> list[dict[str, Any]]:
        planned = cast("AssetCheckEvaluationPlanned", event.get_dagster_event().event_specific_data)
        partitions: list[str | None] = [None]
        if planned.partitions_subset:
            partitions = list(planned.partitions_subset.get_partition_keys())
        timestamp = self._event_insert_timestamp(event)  # type: ignore[no-untyped-call]
        return [
            {
                "asset_key": planned.asset_key.to_string(),
                "check_name": planned.check_name,
                "partition": partition,
                "run_id": event.run_id,
                "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
                "evaluation_event": serialize_value(event),
                "evaluation_event_timestamp": timestamp,
                "evaluation_event_storage_id": event_id,
            }
            for partition in partitions
        ]


def _by_asset(stored: tuple[EventLogEntry, int]) -> str:
    return str(stored[0].get_dagster_event().asset_key)
