"""Asks for an expectation suite to be run on a dataset of the raw lake, and gives back what was broken.

The work is done by `suite_worker` in a process of its own; here is only how it is started, asked and answered for.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from revenue_assets.errors import CloseError
from revenue_assets.settings import get_settings

SUITES = ("usage_events", "invoices")
MOST_ROWS = 200_000

_lock = threading.Lock()
_worker: subprocess.Popen[str] | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation. `severity` is `critical` or `warning`; `error` tells that it could not run."""

    description: str
    severity: str
    is_met: bool
    broken_rows: int
    examples: list[str]
    error: str | None

    def reason(self) -> str:
        """The broken expectation in words."""
        if self.error:
            return f"{self.description}: could not be checked ({self.error})"
        rows = f": not so on {self.broken_rows:,} rows" if self.broken_rows else ""
        return f"{self.description}{rows}" + (f", such as {', '.join(self.examples)}" if self.examples else "")


@dataclass(frozen=True)
class SuiteResult:
    """`rows` are there, `sampled_rows` of them were looked at."""

    rows: int
    sampled_rows: int
    outcomes: list[Outcome]

    def broken(self, severity: str) -> list[Outcome]:
        """The expectations of this severity that were not met."""
        return [outcome for outcome in self.outcomes if not outcome.is_met and outcome.severity == severity]


def warm_up() -> None:
    """Start the worker, so that it imports Great Expectations while other work is done."""
    with _lock:
        _running_worker()


def run_suite(dataset: str, files: Sequence[Path], most_rows: int = MOST_ROWS) -> SuiteResult:
    """Run the suite of `dataset` on these raw files of one source, on a sample when they hold more than `most_rows`.

    Raise CloseError when the worker died; what it said is in its log below REVENUE_HOME.
    """
    request = json.dumps({"dataset": dataset, "files": [os.fspath(file) for file in files], "most_rows": most_rows})
    with _lock:
        worker = _running_worker()
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdin.write(request + "\n")
            worker.stdin.flush()
            answer = worker.stdout.readline()
        except BrokenPipeError:
            answer = ""
    if not answer:
        raise CloseError(f"The expectations on {dataset} could not be checked: see {_log_file()} and try again.")
    given = json.loads(answer)
    return SuiteResult(given["rows"], given["sampled_rows"], [Outcome(**outcome) for outcome in given["outcomes"]])


def _running_worker() -> subprocess.Popen[str]:
    global _worker
    if _worker is None or _worker.poll() is not None:
        _log_file().parent.mkdir(parents=True, exist_ok=True)
        with _log_file().open("ab") as log:
            _worker = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "revenue_assets.checks.suite_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
    return _worker


def _log_file() -> Path:
    return get_settings().home / "logs" / "expectations.log"
