"""The supervisor itself, over small programs instead of Dagster: kept running, told about, taken over, stopped."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from revenue_assets.errors import RevenueError
from revenue_assets.settings import get_settings
from revenue_assets.stack import files, running, stopping, watching
from revenue_assets.stack.process import end_process, processes_with
from revenue_assets.stack.running import MARK, Program, mark
from revenue_assets.stack.services import Place, Service
from revenue_assets.stack.supervise import Supervisor, secrets
from revenue_assets.stack.watching import Record, State

_WELL = "import sys, time; print('INFO: here', sys.argv[1], flush=True); time.sleep(60)"
Until = Callable[[str, Callable[[Record], bool]], Record]


def _service(name: str, script: str = _WELL, problem: str | None = None, **limits: float) -> Service:
    def asked(address: str, started_at: datetime) -> str | None:
        return problem or ("it says so" if (files.run_dir() / f"{name}.ill").exists() else None)

    def command(place: Place, workspace: Path) -> list[str]:
        return [sys.executable, "-c", script, name]

    return Service(name, name.upper(), (), Place, command, asked, **limits)  # type: ignore[arg-type]


@pytest.fixture
def watched(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Until]]:
    """Supervises services in a thread; gives what waits until the record of one is as wanted."""
    monkeypatch.setattr(running, "dagster_environment", dict)
    supervisors: list[tuple[Supervisor, threading.Thread]] = []

    def supervise(*services: Service) -> Until:
        monkeypatch.setattr(stopping, "SERVICES", services)
        supervisor = Supervisor(services, Program, look_seconds=0.02, health_seconds=0.02)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        supervisors.append((supervisor, thread))

        def until(name: str, is_reached: Callable[[Record], bool]) -> Record:
            end = time.monotonic() + 30
            while not is_reached(record := supervisor.watches[name].record):
                assert time.monotonic() < end, record
                time.sleep(0.01)
            return record

        return until

    yield supervise
    for supervisor, thread in supervisors:
        supervisor.stopping.set()
        thread.join()


def _is_well(record: Record) -> bool:
    return record.state is State.RUNNING and record.problem is None


def _told() -> list[str]:
    return [json.loads(line)["message"] for line in files.journal_file().read_text().splitlines()]


def test_what_dies_is_started_again_and_both_is_in_the_log(watched: Callable[..., Until]) -> None:
    until = watched(_service("one"), _service("two"))
    first, other = until("one", _is_well).pid, until("two", _is_well).pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    second = until("one", lambda record: _is_well(record) and record.pid != first)
    assert (second.restarts, second.last_error) == (1, "it was ended by SIGKILL")
    assert until("two", _is_well).pid == other
    while _told().count("here one") < 2:
        time.sleep(0.01)
    assert "ONE: it was ended by SIGKILL." in _told()


def test_what_hangs_is_ended_also_when_it_does_not_listen(
    watched: Callable[..., Until], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = watched(_service("one", hang_seconds=0.1))
    hung = until("one", _is_well).pid
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)
    monkeypatch.setattr(running, "_END_SECONDS", 0)  # a stopped process does not hear SIGTERM
    (home / "run" / "one.ill").touch()
    until("one", lambda record: record.last_error != "")
    (home / "run" / "one.ill").unlink()
    again = until("one", lambda record: _is_well(record) and record.pid != hung)
    assert again.last_error == "it gave no good answer for 0 seconds: it says so"


def test_what_ends_again_and_again_is_given_up_and_the_others_run_on(
    watched: Callable[..., Until], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_LIMIT", 2)
    until = watched(_service("one"), _service("bad", "raise SystemExit(3)"))
    bad = until("bad", lambda record: record.state is State.FAILING)
    assert (bad.restarts, bad.last_error, bad.problem) == (1, "it ended with status 3", "it ended with status 3")
    assert _is_well(until("one", _is_well))


def test_a_program_that_cannot_be_started_is_a_failure_with_its_sentence(watched: Callable[..., Until]) -> None:
    def refuse() -> Place:
        raise RevenueError("Port 80 is taken: end the program that listens there.")

    service = _service("one")
    until = watched(Service(service.name, "ONE", (), refuse, service.command, service.problem))
    assert "Port 80 is taken" in until("one", lambda record: record.last_error != "").last_error


def test_the_next_supervisor_takes_over_what_a_killed_one_left(watched: Callable[..., Until]) -> None:
    service = _service("one")
    left = Program(service)
    started = left.start()  # as by a supervisor that is gone
    until = watched(service)
    record = until("one", _is_well)
    assert (record.pid, record.restarts) == (started.pid, 0)


def test_stopping_leaves_nothing_neither_children_of_what_was_killed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = (
        "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    service = _service("one", parent)
    monkeypatch.setattr(running, "dagster_environment", dict)
    monkeypatch.setattr(stopping, "SERVICES", [service])
    killed = Program(service).start()
    while not (text := files.log_file("one").read_text()).endswith("\n"):
        time.sleep(0.01)
    end_process(killed.pid)
    while files.lives("one"):
        time.sleep(0.01)
    Program(service).start()
    assert stopping.stop_services(lambda step: None)
    assert not files.lives("one")
    assert processes_with(MARK, mark("one")) == []
    assert int(text) > 0
    assert not (home / "run" / "one.json").exists()
    assert not stopping.stop_services(lambda step: None)


def test_secrets_do_not_reach_the_log(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secrets() == []
    monkeypatch.setenv("REVENUE_DATABASE_URL", "postgresql://me:s3cret-word@host:5432/revenue")
    get_settings.cache_clear()
    assert secrets() == ["s3cret-word"]
