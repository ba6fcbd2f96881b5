"""Runs the monthly close in this process, as one run of the installation's Dagster instance.

Commands and tests use it; what it does is visible in the UI like any other run. Who asks for which months, and what
is printed, is not decided here.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.instance.ref import InstanceRef
from dagster_shared.error import SerializableErrorInfo

from revenue_assets import errors
from revenue_assets.assets.environ import environment_with
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.definitions import defs
from revenue_assets.errors import CloseError, RevenueError
from revenue_assets.partitions import range_tags
from revenue_assets.settings import get_settings
from revenue_assets.stack.environment import dagster_environment

_NO_OUTPUT = "dagster._core.storage.noop_compute_log_manager"
COMMAND_TAG = "revenue/command"
OnStep = Callable[[str], None]


@dataclass
class RunReport:
    """What a run told while it ran. `warnings` are failed checks that did not stop it."""

    run_id: str
    log_file: Path
    warnings: list[str] = field(default_factory=list)
    quarantined: dict[str, int] = field(default_factory=dict)
    quarantine_reasons: list[str] = field(default_factory=list)
    failed_checks: list[str] = field(default_factory=list)
    fault: str | None = None


def run_monthly_close(
    source: str, overrides: dict[str, str], first: str, last: str, on_step: OnStep = lambda step: None
) -> RunReport:
    """Close the months from `first` to `last` of one source; `on_step` is told each step as it begins.

    Raise CloseError, with the one sentence of whatever went wrong, when the run fails.
    """
    job = defs().resolve_job_def(JOB)
    configuration = {
        "resources": {"platform": {"config": {"sources": [source], "overrides": overrides}}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    with dagster_instance() as instance:
        _end_killed_runs(instance)
        run = instance.create_run_for_job(
            job_def=job, run_config=configuration, tags={**range_tags(first, last), COMMAND_TAG: f"close {source}"}
        )
        report = RunReport(run.run_id, get_settings().home / "logs" / f"close-{run.run_id}.log")
        began = time.monotonic()
        report.log_file.parent.mkdir(parents=True, exist_ok=True)
        with report.log_file.open("w", encoding="utf-8") as log:
            for event in execute_run_iterator(InMemoryJob(job), run, instance):
                seconds = time.monotonic() - began
                log.write(
                    f"{seconds:8.2f} {event.event_type_value:24} {event.step_key or '':24} {event.message or ''}\n"
                )
                if event.is_step_failure and event.step_failure_data.error:
                    log.write(f"{event.step_failure_data.error.to_string()}\n")
                _take(event, report, on_step)
        finished = instance.get_run_by_id(run.run_id)
    if finished is None or not finished.is_success:
        raise CloseError(_sentence(report))
    return report


@contextmanager
def dagster_instance() -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of this installation; what steps print is not captured, which costs two processes a run."""
    variables = {"DAGSTER_EVENT_BATCH_SIZE": "500"} | dagster_environment()
    without_output = {"compute_logs": {"module": _NO_OUTPUT, "class": "NoOpComputeLogManager"}}
    with environment_with(variables):
        reference = InstanceRef.from_dir(variables["DAGSTER_HOME"], overrides=without_output)
        with dg.DagsterInstance.from_ref(reference) as instance:
            # Despite its name: keep connections open. Opening one for each of a run's 2,000 statements took 9 seconds.
            instance.optimize_for_webserver(statement_timeout=600_000, pool_recycle=3600, max_overflow=8)
            yield instance


def _log_line(event: dg.DagsterEvent, seconds: float) -> str:
    error = event.step_failure_data.error if event.is_step_failure else None
    line = f"{seconds:8.2f} {event.event_type_value:24} {event.step_key or '':24} {event.message or ''}\n"
    return line + (f"{error.to_string()}\n" if error else "")


def _end_killed_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs of commands that were killed as failed; the caller holds the lock, so none of them can be alive."""
    unfinished = dg.RunsFilter(job_name=JOB, statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.NOT_STARTED])
    for run in instance.get_runs(unfinished):
        if COMMAND_TAG in run.tags:
            instance.report_run_failed(run, "The command that ran this close was killed.")


def _take(event: dg.DagsterEvent, report: RunReport, on_step: OnStep) -> None:
    """Note what the event says."""
    kind = event.event_type
    if kind == dg.DagsterEventType.STEP_START and event.step_key:
        on_step(event.step_key)
    elif kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
        materialization = event.step_materialization_data.materialization
        _take_quarantine(materialization, report)
    elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        evaluation = event.asset_check_evaluation_data
        if not evaluation.passed:
            rows = evaluation.metadata.get("dagster_dbt/failed_row_count")
            reason = evaluation.description or (f"{rows.value} rows" if rows else "")
            name = f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
            text = f"{name} ({reason})" if reason else name
            is_error = evaluation.severity == dg.AssetCheckSeverity.ERROR
            (report.failed_checks if is_error else report.warnings).append(text)
    elif kind == dg.DagsterEventType.STEP_FAILURE and report.fault is None:
        report.fault = _fault(event.step_key or "", event.step_failure_data.error)
    elif kind == dg.DagsterEventType.RUN_FAILURE and report.fault is None and event.job_failure_data.error:
        report.fault = _fault("start", event.job_failure_data.error)


def _take_quarantine(materialization: dg.AssetMaterialization, report: RunReport) -> None:
    rows = materialization.metadata.get("rows_quarantined")
    name = materialization.asset_key.path[-1]
    if rows is None or not rows.value or name in report.quarantined:
        return  # a range of months gives the same figures once per month
    report.quarantined[name] = int(str(rows.value))
    reasons = materialization.metadata.get("quarantine_reasons")
    if reasons:
        report.quarantine_reasons += [f"{name}: {line.removeprefix('- ')}" for line in str(reasons.value).splitlines()]


def _sentence(report: RunReport) -> str:
    if report.failed_checks:
        return f"The close stopped at a failed check: {'; '.join(report.failed_checks)}."
    return report.fault or f"The close did not finish: see {report.log_file}."


def _fault(step: str, error: SerializableErrorInfo | None) -> str | None:
    """The sentence of our own error, wherever in the chain it is; else the step and the last error."""
    innermost = None
    while error is not None:
        text = error.message.partition(": ")[2].strip() or error.message.strip()
        if _is_ours(error.cls_name):
            return text
        innermost, error = error, error.cause
    if innermost is None:
        return None
    return f"The step {step} failed: {' '.join(innermost.message.split())}"


def _is_ours(class_name: str | None) -> bool:
    name = (class_name or "").rpartition(".")[2]
    found = getattr(errors, name, None)
    return isinstance(found, type) and issubclass(found, RevenueError)
