"""Checks whose latest evaluation failed: docs/automation.md#failed-checks.

Dagster keeps one row per evaluation; the latest of all checks is one query. A check whose evaluation is planned or was
never finished says nothing: its alert stays as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import dagster as dg
import psycopg
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES as COMPLETED,
)
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.automation.requests import months_text
from revenue_assets.automation.sensors.alerting import Seen
from revenue_assets.links import check_url, run_url
from revenue_assets.partitions import months_of_run

_ROWS = ("dagster_dbt/failed_row_count", "failed_rows")


@dataclass(frozen=True)
class EvaluatedCheck:
    """A check with what it says of itself, and how its last finished evaluation ended."""

    asset: tuple[str, ...]
    name: str
    meaning: str
    passed: bool
    is_error: bool
    found: str
    rows: Decimal
    months: tuple[str, ...]
    run_id: str

    @property
    def cause(self) -> str:
        """What its alert is known by."""
        return f"{'/'.join(self.asset)}:{self.name}"


def look(context: dg.SensorEvaluationContext, connection: psycopg.Connection, at: datetime) -> Seen:
    """The latest evaluation of every check of the definitions."""
    assert context.repository_def is not None  # only a context made by hand has none
    graph = context.repository_def.asset_graph
    meanings = {key: graph.get(key).description or "" for key in graph.asset_check_keys}
    checks = evaluated_checks(context.instance, meanings)
    failed = failed_check_conditions(checks)
    return Seen(failed, f"{len(checks)} of {len(meanings)} checks evaluated", {check.cause for check in checks})


def evaluated_checks(instance: dg.DagsterInstance, meanings: Mapping[dg.AssetCheckKey, str]) -> list[EvaluatedCheck]:
    """The checks whose latest evaluation has ended."""
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(meanings))
    ended = {key: record for key, record in latest.items() if record.status in COMPLETED and record.evaluation}
    failed_in = [record.run_id for record in ended.values() if not _passed(record)]
    runs = instance.get_runs(dg.RunsFilter(run_ids=sorted(set(failed_in)))) if failed_in else []
    months = {run.run_id: tuple(months_of_run(run.tags)) for run in runs}
    return [_evaluated(record, meanings[key], months.get(record.run_id, ())) for key, record in ended.items()]


def failed_check_conditions(checks: Sequence[EvaluatedCheck]) -> list[Condition]:
    """One condition per asset and check that failed; the level is how many rows broke it."""
    return [_condition(check) for check in checks if not check.passed]


def _condition(check: EvaluatedCheck) -> Condition:
    asset = "/".join(check.asset)
    facts = (
        ("Asset", asset),
        ("Demands", "" if check.meaning in check.found else check.meaning),
        ("Found", check.found),
        ("Months", months_text(check.months) if check.months else ""),
        ("Run", run_url(check.run_id)),
    )
    stops = "What follows it was not built" if check.is_error else "What follows it was built all the same"
    return Condition(
        kind=Kind.FAILED_CHECK,
        cause=check.cause,
        severity=Severity.CRITICAL if check.is_error else Severity.WARNING,
        title=f"Check {check.name} of {asset} failed",
        level=check.rows,
        unit="rows",
        action=f"Open the check and its rows. {stops}; mend the data at their source and close the months again.",
        link=check_url(check.asset, check.name),
        facts=tuple((label, text) for label, text in facts if text),
    )


def _passed(record: AssetCheckExecutionRecord) -> bool:
    return record.evaluation is not None and record.evaluation.passed


def _evaluated(record: AssetCheckExecutionRecord, meaning: str, months: tuple[str, ...]) -> EvaluatedCheck:
    evaluation = record.evaluation
    assert evaluation is not None  # those without one were left out
    counted = next((evaluation.metadata[name].value for name in _ROWS if name in evaluation.metadata), None)
    return EvaluatedCheck(
        asset=tuple(evaluation.asset_key.path),
        name=evaluation.check_name,
        meaning=" ".join(meaning.split()),
        passed=evaluation.passed,
        is_error=evaluation.severity == dg.AssetCheckSeverity.ERROR,
        found=" ".join((evaluation.description or "").split()),
        rows=Decimal(str(counted)) if counted else Decimal(1),
        months=months,
        run_id=record.run_id,
    )
