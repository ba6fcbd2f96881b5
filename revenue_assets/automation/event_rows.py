"""What Dagster's table of check executions holds of an event: its plan and its evaluation, a row per check."""

from datetime import datetime
from typing import Any, NamedTuple, cast

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus


class Stored(NamedTuple):
    """An event, its number in the log, its text there, and when it happened (UTC, as the tables keep it)."""

    event: EventLogEntry
    number: int
    text: str
    happened_at: datetime

    @property
    def is_plan(self) -> bool:
        """Whether it says that a check will be asked."""
        return self.event.dagster_event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED

    @property
    def told(self) -> Any:
        """What the event says, in the words of its type."""
        return self.event.get_dagster_event().event_specific_data


def plan_rows(stored: Stored) -> list[dict[str, Any]]:
    """The checks that a plan announces, one per partition."""
    planned = cast("AssetCheckEvaluationPlanned", stored.told)
    partitions: list[str | None] = [None]
    if planned.partitions_subset:
        partitions = list(planned.partitions_subset.get_partition_keys())
    status = AssetCheckExecutionRecordStatus.PLANNED
    return [_row(stored, planned.asset_key, planned.check_name, partition, status) for partition in partitions]


def evaluation_row(stored: Stored) -> dict[str, Any]:
    """What a check has found."""
    found = cast("dg.AssetCheckEvaluation", stored.told)
    status = AssetCheckExecutionRecordStatus.SUCCEEDED if found.passed else AssetCheckExecutionRecordStatus.FAILED
    target = found.target_materialization_data
    return {
        **_row(stored, found.asset_key, found.check_name, found.partition, status),
        "materialization_event_storage_id": target.storage_id if target else None,
    }


def _row(
    stored: Stored, asset: dg.AssetKey, check: str, partition: str | None, status: AssetCheckExecutionRecordStatus
) -> dict[str, Any]:
    return {
        "asset_key": asset.to_string(),
        "check_name": check,
        "partition": partition,
        "run_id": stored.event.run_id,
        "execution_status": status.value,
        "evaluation_event": stored.text,
        "evaluation_event_timestamp": stored.happened_at,
        "evaluation_event_storage_id": stored.number,
    }
