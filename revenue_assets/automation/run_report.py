"""What a run told while it ran, read off its Dagster events: failed checks, quarantined rows, and why it failed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from revenue_assets.assets.metadata import QUARANTINED_BY_RUN, REASONS, WARNINGS
from revenue_assets.errors import RevenueError

_MOST_CHECKS = 5


@dataclass
class RunReport:
    """`warnings` are failed checks that did not stop the run, and what loads warned of; `fault` is why it failed,
    `page` where a failed check shows what it found."""

    run_id: str
    log_file: Path | str
    warnings: list[str] = field(default_factory=list)
    quarantined: dict[str, int] = field(default_factory=dict)
    quarantine_reasons: list[str] = field(default_factory=list)
    failed_checks: list[str] = field(default_factory=list)
    fault: str | None = None
    page: str | None = None
    is_interrupted: bool = False
    _loaded: set[str] = field(default_factory=set)

    def take(self, event: dg.DagsterEvent) -> None:
        """Note what the event says."""
        kind = event.event_type
        if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
            self._take_load(event.step_materialization_data.materialization)
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION and not event.asset_check_evaluation_data.passed:
            self._take_failed_check(event.asset_check_evaluation_data)
        elif kind == dg.DagsterEventType.STEP_FAILURE:
            self._take_error(event.step_key or "", event.step_failure_data.error)
        elif kind == dg.DagsterEventType.RUN_FAILURE and event.event_specific_data:  # a run that was killed told none
            self._take_error("start", event.job_failure_data.error)

    def sentence(self) -> str:
        """Why the run failed."""
        if self.failed_checks:
            named, more = self.failed_checks[:_MOST_CHECKS], len(self.failed_checks) - _MOST_CHECKS
            rest = f" and {more} more" if more > 0 else ""
            more_at = f" All that was found: {self.page}" if self.page else ""
            return f"The close stopped at a failed check: {'; '.join(named)}{rest}.{more_at}"
        return self.fault or f"The close did not finish: see {self.log_file}."

    def _take_failed_check(self, evaluation: dg.AssetCheckEvaluation) -> None:
        rows = evaluation.metadata.get("dagster_dbt/failed_row_count")
        reason = evaluation.description or (f"{rows.value} rows" if rows else "")
        name = f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
        is_error = evaluation.severity == dg.AssetCheckSeverity.ERROR
        page = evaluation.metadata.get("report")
        if is_error and page and not self.page:
            self.page = str(page.value)
        (self.failed_checks if is_error else self.warnings).append(f"{name} ({reason})" if reason else name)

    def _take_load(self, materialization: dg.AssetMaterialization) -> None:
        rows = materialization.metadata.get(QUARANTINED_BY_RUN)
        name = materialization.asset_key.path[-1]
        if rows is None or name in self._loaded:
            return  # a range of months gives the same once per month
        self._loaded.add(name)
        if rows.value:
            self.quarantined[name] = int(str(rows.value))
        self.quarantine_reasons += [f"{name}: {line}" for line in _lines(materialization, REASONS)]
        self.warnings += _lines(materialization, WARNINGS)

    def _take_error(self, step: str, error: SerializableErrorInfo | None) -> None:
        """Keep the first: our own error's sentence, wherever in the chain it is, else the step and the last cause."""
        chain = list(_chain(error))
        self.is_interrupted |= any(link.cls_name == dg.DagsterExecutionInterruptedError.__name__ for link in chain)
        if self.fault or not chain:
            return
        ours = next((link for link in chain if link.cls_name in _our_errors()), None)
        if ours:
            self.fault = ours.message.partition(": ")[2].strip()
        else:
            self.fault = f"The step {step} failed ({' '.join(chain[-1].message.split())}): see {self.log_file}."


def _lines(materialization: dg.AssetMaterialization, name: str) -> list[str]:
    text = materialization.metadata.get(name)
    return [line.removeprefix("- ") for line in str(text.value).splitlines()] if text else []


def _chain(error: SerializableErrorInfo | None) -> Iterator[SerializableErrorInfo]:
    while error is not None:
        yield error
        error = error.cause


def _our_errors() -> set[str]:
    """The names of all classes of errors that carry a sentence for people."""
    found, waiting = set(), [RevenueError]
    while waiting:
        kind = waiting.pop()
        found.add(kind.__name__)
        waiting += kind.__subclasses__()
    return found
