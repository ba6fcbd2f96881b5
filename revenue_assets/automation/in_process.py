"""Runs the monthly close in this process, as one run of the installation's Dagster instance.

Commands and tests use it; what it does is visible in the UI like any other run. Who asks for which months, and what
is printed, is not decided here.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import TextIO

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.instance.ref import InstanceRef
from sqlalchemy.exc import OperationalError

from revenue_assets.assets.environ import environment_with
from revenue_assets.automation.monthly_close import JOB
from revenue_assets.automation.run_report import RunReport
from revenue_assets.definitions import defs
from revenue_assets.errors import CloseError, WarehouseUnavailableError
from revenue_assets.lake.faults import faults_of_the_machine
from revenue_assets.partitions import range_tags
from revenue_assets.settings import get_settings
from revenue_assets.stack.environment import dagster_environment
from revenue_assets.warehouse.connection import WENT_AWAY, database_address

COMMAND_TAG = "revenue/command"
OnStep = Callable[[str], None]

_BACK_SECONDS = 10
_KILLED = (
    "The command that ran this close was killed: close the same months again; what was closed before is still whole."
)
_NO_OUTPUT = "dagster._core.storage.noop_compute_log_manager"


def run_monthly_close(
    source: str, overrides: dict[str, str], first: str, last: str, on_step: OnStep = lambda step: None
) -> RunReport:
    """Close the months from `first` to `last` of one source; `on_step` is told each step as it begins.

    The caller holds the lock of the installation. Raise CloseError, with the one sentence of whatever went wrong, when
    the run fails, and KeyboardInterrupt when a person stopped it.
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
        log_file = get_settings().home / "logs" / f"close-{run.run_id}.log"
        report = RunReport(run.run_id, log_file)
        with faults_of_the_machine(log_file.parent), _kept_in(log_file) as log:
            try:
                _execute(instance, job, run, report, on_step, log)
                finished = instance.get_run_by_id(run.run_id)
            except OperationalError as error:
                _note_failure(instance, run)
                raise WarehouseUnavailableError(WENT_AWAY) from error
    if report.is_interrupted:
        raise KeyboardInterrupt
    if finished is None or not finished.is_success:
        raise CloseError(report.sentence())
    return report


def _execute(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    run: dg.DagsterRun,
    report: RunReport,
    on_step: OnStep,
    log: TextIO,
) -> None:
    """Run to the end, failed or not."""
    began = time.monotonic()
    for event in execute_run_iterator(InMemoryJob(job), run, instance):
        log.write(_log_line(event, time.monotonic() - began))
        if event.is_step_start and event.step_key:
            on_step(event.step_key)
        report.take(event)


@contextmanager
def _kept_in(log_file: Path) -> Iterator[TextIO]:
    """The log of a run; what libraries print about faults goes there too: people see one sentence at the end."""
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("w", encoding="utf-8") as log, redirect_stderr(log):
        handler = logging.StreamHandler(log)  # without one, the first warning would bring one for stderr
        logging.getLogger().addHandler(handler)
        try:
            yield log
        finally:
            logging.getLogger().removeHandler(handler)


def _note_failure(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Mark a run as failed that could not do it itself, if PostgreSQL is back soon; else the next close does it."""
    until = time.monotonic() + _BACK_SECONDS
    while time.monotonic() < until:
        with suppress(OperationalError, WarehouseUnavailableError):
            database_address()  # starts the embedded server again
            instance.report_run_failed(run, WENT_AWAY)
            return
        time.sleep(0.1)


@contextmanager
def dagster_instance() -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of this installation; what steps print is not captured, which costs two processes a run."""
    variables = dagster_environment()
    without_output = {"compute_logs": {"module": _NO_OUTPUT, "class": "NoOpComputeLogManager"}}
    with environment_with(variables):
        reference = InstanceRef.from_dir(variables["DAGSTER_HOME"], overrides=without_output)
        with dg.DagsterInstance.from_ref(reference) as instance:
            # Despite its name: keep the connections to the table of runs too.
            instance.optimize_for_webserver(statement_timeout=600_000, pool_recycle=3600, max_overflow=8)
            yield instance


def _log_line(event: dg.DagsterEvent, seconds: float) -> str:
    error = event.step_failure_data.error if event.is_step_failure else None
    line = f"{seconds:8.2f} {event.event_type_value:24} {event.step_key or '':24} {event.message or ''}\n"
    return line + (f"{error.to_string()}\n" if error else "")


def _end_killed_runs(instance: dg.DagsterInstance) -> None:
    """Mark runs of commands that were killed as failed: nobody else holds the lock, so none of them can be alive."""
    unfinished = dg.RunsFilter(job_name=JOB, statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.NOT_STARTED])
    for run in instance.get_runs(unfinished):
        if COMMAND_TAG in run.tags:
            instance.report_run_failed(run, _KILLED)
