"""Asks for expectation suites to be run on datasets of the raw lake, and gives back what was broken.

The work is done by `suite_worker` in a process of its own; here is only how it is started, asked and answered for.
"""

import json
import multiprocessing
import multiprocessing.forkserver
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO
from unittest import mock

from revenue_assets.contract.datasets import DATASETS
from revenue_assets.errors import CloseError
from revenue_assets.settings import get_settings

SUITES = tuple(DATASETS)

_PRELOADED = "revenue_assets.automation.preloaded"  # loaded in copies of a fork server that can be asked for more
_lock = threading.Lock()
_worker: "_Worker | None" = None


@dataclass(frozen=True)
class _Worker:
    """The other process: where requests go, where answers come from, and whether it still lives."""

    requests: IO[str]
    answers: IO[str]
    is_alive: Callable[[], bool]


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation.

    `severity` is `critical` or `warning`; `observed` is what was found, in words; `examples` show some of the
    `broken_rows`, or of the months that are odd; `error` tells that the expectation could not be judged.
    """

    name: str
    description: str
    severity: str
    is_met: bool
    observed: str = ""
    broken_rows: int = 0
    examples: list[dict[str, str]] = field(default_factory=list)
    error: str | None = None


@dataclass(frozen=True)
class SuiteResult:
    """What became of a suite on the dataset of one source; all `rows` were looked at."""

    rows: int
    outcomes: list[Outcome]

    def of(self, severity: str) -> list[Outcome]:
        """The expectations of this severity."""
        return [outcome for outcome in self.outcomes if outcome.severity == severity]

    def broken(self, severity: str) -> list[Outcome]:
        """Those of them that were not met."""
        return [outcome for outcome in self.of(severity) if not outcome.is_met]


@dataclass(frozen=True)
class Request:
    """Which suites to run on which files of one source.

    `files` are those of every dataset of the source (a suite may look at others than its own), `around` those of a
    dataset by month with the months before, `months` the months of the run (empty: all), `as_of` the source's own now
    in ISO 8601, `last_rows` how many rows the last accepted load of a dataset had.
    """

    judge: Sequence[str]
    files: Mapping[str, Sequence[str]]
    months: Sequence[str]
    as_of: str
    around: Mapping[str, Sequence[str]] = field(default_factory=dict)
    last_rows: Mapping[str, int] = field(default_factory=dict)


def warm_up() -> None:
    """Start the worker, so that it imports Great Expectations while other work is done."""
    with _lock:
        _running_worker()


def run_suites(request: Request) -> dict[str, SuiteResult]:
    """Run the suites that are asked for, one result per dataset.

    Raise CloseError when a file cannot be read, or when the worker died; what it said is in its log.
    """
    global _worker
    with _lock:
        worker = _running_worker()
        try:
            worker.requests.write(json.dumps(asdict(request)) + "\n")
            worker.requests.flush()
            answer = worker.answers.readline()
        except (BrokenPipeError, ConnectionResetError):
            answer = ""
        if not answer:
            _worker = None  # the next request gets another, even if this one seems to live for another moment
    if not answer:
        raise _WorkerDiedError(f"The expectations could not be checked: see {_log_file()} and try again.")
    results = {}
    for dataset, given in json.loads(answer).items():
        if "error" in given:
            raise CloseError(f"The expectations on {dataset} could not be checked: {given['error']}")
        results[dataset] = SuiteResult(given["rows"], [Outcome(**outcome) for outcome in given["outcomes"]])
    return results


class _WorkerDiedError(CloseError):
    can_retry = True


def _running_worker() -> _Worker:
    global _worker
    if _worker is None or not _worker.is_alive():
        _worker = (_copied() if _PRELOADED in sys.modules else None) or _started()
    return _worker


def _copied() -> _Worker | None:
    """A copy of the fork server that this process is a copy of too (revenue_assets.automation.run_workers).

    None when that server is gone. multiprocessing would start another one here, which has imported nothing: it knows
    the address of the server, but only what it started itself counts as running.
    """
    from revenue_assets.checks.suite_worker import serve_at

    here, there = socket.socketpair()
    told = (there, _log_file())
    process = multiprocessing.get_context("forkserver").Process(target=serve_at, args=told, daemon=True)
    with there, mock.patch.object(multiprocessing.forkserver._forkserver, "ensure_running"):
        try:
            process.start()
        except OSError:
            here.close()
            return None
    return _Worker(here.makefile("w"), here.makefile("r"), process.is_alive)


def _started() -> _Worker:
    """A new Python."""
    with _log_file().open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "revenue_assets.checks.suite_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | {"GX_ANALYTICS_ENABLED": "false"},
        )
    assert process.stdin is not None
    assert process.stdout is not None
    return _Worker(process.stdin, process.stdout, lambda: process.poll() is None)


def _log_file() -> Path:
    file = get_settings().home / "logs" / "expectations.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
