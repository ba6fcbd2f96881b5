"""How every control ended last, from Dagster's storage: one query for all, and one for runs that may go on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from revenue_assets.controls.catalogue import Control


class Outcome(StrEnum):
    """How a control ended: `warned` and `failed` found something, `not asked` is one whose run ended before it."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    RUNNING = "running"
    NOT_ASKED = "not asked"
    NEVER_RUN = "never run"

    @property
    def is_failing(self) -> bool:
        """Whether somebody has to look."""
        return self in (Outcome.WARNED, Outcome.FAILED)


@dataclass(frozen=True)
class LastResult:
    """The last time a control was asked. `reason` says what it found; None when it found nothing."""

    outcome: Outcome
    at: datetime | None = None
    run_id: str | None = None
    reason: str | None = None


def last_results(instance: dg.DagsterInstance, controls: Sequence[Control]) -> dict[dg.AssetCheckKey, LastResult]:
    """The last result of every one of these controls."""
    keys = [control.key for control in controls]
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    waiting = {record.run_id for record in records.values() if _is_planned(record)}
    alive = _unfinished(instance, waiting)
    return {key: _result(records.get(key), alive) for key in keys}


def _result(record: AssetCheckExecutionRecord | None, alive: Iterable[str]) -> LastResult:
    if record is None:
        return LastResult(Outcome.NEVER_RUN)
    at = datetime.fromtimestamp(record.create_timestamp, UTC)
    if _is_planned(record):
        outcome = Outcome.RUNNING if record.run_id in alive else Outcome.NOT_ASKED
        return LastResult(outcome, at, record.run_id)
    evaluation = record.evaluation
    if record.event:
        at = datetime.fromtimestamp(record.event.timestamp, UTC)
    if record.status == AssetCheckExecutionRecordStatus.SUCCEEDED or evaluation is None:
        return LastResult(Outcome.PASSED, at, record.run_id)
    is_error = evaluation.severity == dg.AssetCheckSeverity.ERROR
    reason = evaluation.description or _rows(evaluation.metadata)
    return LastResult(Outcome.FAILED if is_error else Outcome.WARNED, at, record.run_id, reason)


def _rows(metadata: Mapping[str, dg.MetadataValue]) -> str | None:
    rows = metadata.get("dagster_dbt/failed_row_count")
    return f"{rows.value:,} rows" if rows and isinstance(rows.value, int) else None


def _is_planned(record: AssetCheckExecutionRecord) -> bool:
    return record.status == AssetCheckExecutionRecordStatus.PLANNED


def _unfinished(instance: dg.DagsterInstance, run_ids: Iterable[str]) -> set[str]:
    """Those of the runs that go on: what they have not come to yet was not left out."""
    wanted = list(run_ids)
    if not wanted:
        return set()
    return {run.run_id for run in instance.get_runs(dg.RunsFilter(run_ids=wanted)) if not run.is_finished}
