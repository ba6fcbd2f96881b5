"""Runs that failed, until the same job succeeds over the same months: docs/automation.md#failed-runs.

The job that shows alerts which could not be sent is left out: its failure would be an alert that cannot be sent.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import dagster as dg
import psycopg

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.failed_deliveries import JOB as FAILED_DELIVERIES
from revenue_assets.assets.alive import KILLED, end_dead_runs
from revenue_assets.automation.requests import months_text, sources_of
from revenue_assets.automation.run_report import RunReport
from revenue_assets.automation.sensors.alerting import Seen
from revenue_assets.links import run_url
from revenue_assets.partitions import months_of_run
from revenue_assets.settings import get_settings

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_BY_HAND = "__ASSET_JOB"  # what Dagster calls a run of chosen assets
_FIRST_LOOK = timedelta(days=1)
_OVERLAP = timedelta(minutes=10)  # a run may be written later than the time it ended at
_MOST_RUNS = 500
_FROM_OUTSIDE = "marked as failed from outside"  # Dagster's words for a run whose process is gone
_REASONS = {
    dg.DagsterEventType.RUN_FAILURE,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}


@dataclass(frozen=True)
class EndedRun:
    """A run that is over; `assets` tells runs of chosen assets apart, empty for a job. `reason` is why it failed."""

    run_id: str
    job: str
    sources: tuple[str, ...]
    months: tuple[str, ...]
    assets: str
    is_success: bool
    reason: str = ""

    def cause(self, months: Sequence[str]) -> str:
        """What an alert about a run over these months is known by."""
        ends = dict.fromkeys([*months[:1], *months[-1:]])
        parts = [self.job, "+".join(self.sources), "..".join(ends), self.assets]
        return ":".join(part for part in parts if part)


def look(context: dg.SensorEvaluationContext, connection: psycopg.Connection, at: datetime) -> Seen:
    """The runs that ended since the last look, those among them that could not say so themselves."""
    end_dead_runs(context.instance, connection)
    since = datetime.fromisoformat(context.cursor) - _OVERLAP if context.cursor else at - _FIRST_LOOK
    ended = dg.RunsFilter(statuses=_ENDED, updated_after=since)
    records = context.instance.get_run_records(ended, limit=_MOST_RUNS, order_by="update_timestamp", ascending=True)
    runs = [_ended(context.instance, record.dagster_run) for record in records]
    conditions, scope = failed_run_conditions(runs)
    newest = records[-1].update_timestamp.replace(tzinfo=UTC) if records else since + _OVERLAP
    return Seen(conditions, f"{len(runs)} runs that ended since {since:%Y-%m-%d %H:%M} UTC", scope, newest.isoformat())


def failed_run_conditions(runs: Sequence[EndedRun]) -> tuple[list[Condition], set[str]]:
    """Of runs in the order in which they ended: one condition per job, source and months whose last run failed.

    Beside them the causes that these runs say something about: a success over some months says that all is well with
    any of them.
    """
    last: dict[str, Condition | None] = {}
    for run in runs:
        if run.job == FAILED_DELIVERIES:
            continue
        if run.is_success:
            last.update(dict.fromkeys((run.cause(months) for months in _ranges(run.months)), None))
        else:
            last[run.cause(run.months)] = _condition(run)
    return [condition for condition in last.values() if condition], set(last)


def _condition(run: EndedRun) -> Condition:
    name = "materialization of chosen assets" if run.job == _BY_HAND else run.job
    months = months_text(run.months) if run.months else ""
    facts = (("Job", name), ("Sources", ", ".join(run.sources)), ("Months", months), ("Reason", run.reason))
    return Condition(
        kind=Kind.FAILED_RUN,
        cause=run.cause(run.months),
        severity=Severity.CRITICAL,
        title=f"Run failed: {name} of {', '.join(run.sources)}{f', {months}' if months else ''}",
        level=Decimal(1),
        unit="runs",
        action="Read the reason, mend it, and launch the same run again: what was closed before still stands.",
        link=run_url(run.run_id),
        facts=tuple((label, text) for label, text in facts if text),
    )


def _ranges(months: Sequence[str]) -> Iterator[Sequence[str]]:
    """Every range of months within these, the empty one for a run without months."""
    if not months:
        yield ()
    for first in range(len(months)):
        for last in range(first, len(months)):
            yield months[first : last + 1]


def _ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> EndedRun:
    is_success = run.status is dg.DagsterRunStatus.SUCCESS
    chosen = sorted(key.to_user_string() for key in run.asset_selection or []) if run.job_name == _BY_HAND else []
    return EndedRun(
        run_id=run.run_id,
        job=run.job_name,
        sources=tuple(sources_of(run.run_config, get_settings().sources)),
        months=tuple(months_of_run(run.tags)),
        assets=hashlib.sha256(" ".join(chosen).encode()).hexdigest()[:12] if chosen else "",
        is_success=is_success,
        reason="" if is_success else why_it_failed(instance, run.run_id),
    )


def why_it_failed(instance: dg.DagsterInstance, run_id: str) -> str:
    """The one sentence of a failed run, as its events tell it."""
    report = RunReport(run_id, run_url(run_id))
    message = ""
    for entry in instance.all_logs(run_id, of_type=_REASONS):
        if entry.dagster_event is not None:
            report.take(entry.dagster_event)
            if entry.dagster_event.event_type is dg.DagsterEventType.RUN_FAILURE:
                told = entry.dagster_event.message or ""
                message = KILLED if _FROM_OUTSIDE in told else told
    is_told = report.failed_checks or report.fault
    return report.sentence() if is_told else message or f"The run was stopped: see {run_url(run_id)}."
