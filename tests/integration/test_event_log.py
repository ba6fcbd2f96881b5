"""Our event log keeps what Dagster's own keeps, over few connections, and gets over a lost one."""

from typing import Any

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent, StepMaterializationData
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.plan.outputs import StepOutputData, StepOutputHandle
from dagster_postgres.event_log import PostgresEventLogStorage
from sqlalchemy.exc import IntegrityError

from revenue_assets.automation.event_log import EventLog, Storage
from revenue_assets.warehouse.address import DatabaseAddress

_ROWS = {
    "event_logs": "run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition",
    "asset_keys": "asset_key, last_run_id, last_materialization, last_materialization_timestamp",
    "asset_check_executions": "asset_key, check_name, partition, run_id, execution_status, evaluation_event, "
    "evaluation_event_timestamp, evaluation_event_storage_id, materialization_event_storage_id",
    "asset_event_tags": "asset_key, key, value, event_timestamp, event_id",
}


def _plans() -> list[EventLogEntry]:
    """What plans a run of two assets, the later one first, and a check of each, one of them of two months."""
    months = dg.StaticPartitionsDefinition(["2025-01", "2025-02"]).subset_with_partition_keys(["2025-01", "2025-02"])
    keys = [dg.AssetKey(["marts", "ladder"]), dg.AssetKey(["lake", "usage"])]
    planned: list[tuple[str, Any]] = [
        *(("ASSET_MATERIALIZATION_PLANNED", AssetMaterializationPlannedData(key)) for key in keys),
        ("ASSET_CHECK_EVALUATION_PLANNED", AssetCheckEvaluationPlanned(asset_key=keys[0], check_name="adds_up")),
        (
            "ASSET_CHECK_EVALUATION_PLANNED",
            AssetCheckEvaluationPlanned(asset_key=keys[1], check_name="is_whole", partitions_subset=months),
        ),
    ]
    return [_entry(kind, data) for kind, data in planned]


def _outcomes() -> list[EventLogEntry]:
    """What the run makes of it: an output, a table of two months with where it comes from, three checks."""
    ladder, usage = dg.AssetKey(["marts", "ladder"]), dg.AssetKey(["lake", "usage"])
    target = AssetCheckEvaluationTargetMaterializationData(storage_id=5, run_id="run", timestamp=1_750_000_000.0)
    made = [
        StepMaterializationData(dg.AssetMaterialization(usage, partition=month, tags={"dagster/data_version": month}))
        for month in ("2025-01", "2025-02")
    ]
    judged = [
        dg.AssetCheckEvaluation(
            ladder, "adds_up", passed=True, metadata={"rows": 0}, target_materialization_data=target
        ),
        dg.AssetCheckEvaluation(usage, "is_whole", passed=False, metadata={}, partition="2025-02", blocking=True),
        dg.AssetCheckEvaluation(usage, "was_never_planned", passed=False, metadata={}, description="2 rows"),
    ]
    output = StepOutputData(step_output_handle=StepOutputHandle("models", "lake__usage"))
    return [
        _entry("STEP_OUTPUT", output),
        *(_entry("ASSET_MATERIALIZATION", data) for data in made),
        *(_entry("ASSET_CHECK_EVALUATION", data) for data in judged),
    ]


def _entry(kind: str, data: Any) -> EventLogEntry:
    return EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=10,
        user_message="",
        run_id="run",
        timestamp=1_750_000_000.0,
        dagster_event=DagsterEvent(kind, "monthly_close", event_specific_data=data),
    )


def _in_schema(address: DatabaseAddress, name: str) -> str:
    with psycopg.connect(address.url(), autocommit=True) as connection:
        connection.execute(f"create schema {name}".encode())
    return address.url("psycopg2", options=f"-csearch_path={name}")


def _kept(address: DatabaseAddress, schema: str) -> dict[str, list[Any]]:
    with psycopg.connect(address.url()) as connection:
        return {
            table: connection.execute(f"select {columns} from {schema}.{table} order by id".encode()).fetchall()
            for table, columns in _ROWS.items()
        }


@pytest.fixture
def log(warehouse: DatabaseAddress) -> EventLog:
    """An event log with its tables, in the schema `ours`."""
    storage = Storage(_in_schema(warehouse, "ours")).event_log_storage
    assert isinstance(storage, EventLog)
    return storage


def test_plans_are_kept_as_dagster_keeps_them(warehouse: DatabaseAddress, log: EventLog) -> None:
    PostgresEventLogStorage(_in_schema(warehouse, "theirs")).store_event_batch(_plans())
    log.store_event_batch(_plans())
    theirs, ours = (_kept(warehouse, schema) for schema in ("theirs", "ours"))
    assert [len(rows) for rows in theirs.values()] == [4, 2, 3, 0]
    assert {table: sorted(rows, key=str) for table, rows in ours.items()} == {
        table: sorted(rows, key=str) for table, rows in theirs.items()
    }
    assert ours["event_logs"] == theirs["event_logs"]


def test_outcomes_are_kept_together_as_dagster_keeps_them_one_by_one(warehouse: DatabaseAddress, log: EventLog) -> None:
    dagsters = PostgresEventLogStorage(_in_schema(warehouse, "theirs"))
    for event in (*_plans(), *_outcomes()):
        dagsters.store_event(event)
    log.store_event_batch(_plans())
    log.store_event_batch(_outcomes())
    theirs, ours = (_kept(warehouse, schema) for schema in ("theirs", "ours"))
    assert [len(rows) for rows in theirs.values()] == [10, 2, 4, 2]
    assert {table: sorted(rows, key=str) for table, rows in ours.items()} == {
        table: sorted(rows, key=str) for table, rows in theirs.items()
    }


def test_connections_are_kept_and_a_lost_one_is_replaced(warehouse: DatabaseAddress, log: EventLog) -> None:
    sessions = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with psycopg.connect(warehouse.url(), autocommit=True) as connection:

        def store() -> set[int]:
            log.store_event(_plans()[0])
            return {pid for (pid,) in connection.execute(sessions)}

        first = store()
        assert 1 <= len(first) <= 2
        assert store() == first
        for pid in first:
            connection.execute("select pg_terminate_backend(%s, 5000)", [pid])
        assert store().isdisjoint(first)
    assert len(_kept(warehouse, "ours")["event_logs"]) == 3


def test_a_batch_that_fails_leaves_nothing(warehouse: DatabaseAddress, log: EventLog) -> None:
    """Dagster stores such events once more, one by one: what the batch had left would be there twice."""
    with psycopg.connect(warehouse.url(), autocommit=True) as connection:
        connection.execute("alter table ours.asset_check_executions add constraint no check (check_name <> 'is_whole')")
        with pytest.raises(IntegrityError):
            log.store_event_batch(_plans())
        assert _kept(warehouse, "ours") == {table: [] for table in _ROWS}
        connection.execute("alter table ours.asset_check_executions drop constraint no")
    log.store_event_batch(_plans())
    assert len(_kept(warehouse, "ours")["event_logs"]) == 4
