"""Bring the stack of an installation up, take it down, and tell how it is: what commands and tests call.

The services are kept running by the supervisor, a process of its own (`supervise.py`); here it is launched, asked and
ended. Every function may be called at any time and by several processes at once: what runs already is left alone.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from revenue_assets.settings import PROJECT_DIR, get_settings
from revenue_assets.stack import files
from revenue_assets.stack.files import SUPERVISOR, Started
from revenue_assets.stack.probes import StackError, assets_are_loaded, refuse_taken_port
from revenue_assets.stack.process import end_group, end_process, exclusively, launch, wait_until_gone
from revenue_assets.stack.running import EmbeddedPostgres
from revenue_assets.stack.services import POSTGRES, SERVICES, WEBSERVER
from revenue_assets.stack.stopping import stop_services
from revenue_assets.stack.watching import Record, State

_START_SECONDS = 240
_STOP_SECONDS = 45
_HUNG_SECONDS = 30
_LOW_BYTES = 1 << 30
Say = Callable[[str], None]


@dataclass(frozen=True)
class Status:
    """How the stack is. `is_wanted`: from `revenue up` until `revenue down`, whatever dies between."""

    lines: list[Record]
    is_wanted: bool
    free_bytes: int

    @property
    def problems(self) -> list[str]:
        """What a person should look at, one sentence each; none when all is well or nothing is wanted."""
        if not self.is_wanted:
            return []
        found = [f"{line.service}: {line.problem or line.state}." for line in self.lines if not is_well(line)]
        if self.free_bytes < _LOW_BYTES:
            found.append(f"Only {self.free_bytes // 1_000_000:,} MB are free for {get_settings().home}.")
        return found

    def as_json(self) -> dict[str, Any]:
        """For programs: `is_well` is what the exit status says."""
        told = {"is_wanted": self.is_wanted, "is_well": self.is_wanted and not self.problems, "problems": self.problems}
        return told | {"free_bytes": self.free_bytes, "services": [line.as_json() for line in self.lines]}


def is_well(line: Record) -> bool:
    """Whether a service runs and gave a good answer when it was last asked."""
    return line.state is State.RUNNING and line.problem is None


def up(say: Say) -> str:
    """Start the supervisor, or ask the one that runs to try again what is failing, and wait until all is well.

    Return the UI's address. Raise StackError when a port is taken or a service cannot be started; if nothing ran
    before, nothing runs afterwards.
    """
    with _alone():
        is_first = not files.lives(SUPERVISOR) and not any(files.lives(service.name) for service in SERVICES)
        _launch_or_wake(say)
    try:
        _wait_until_well(say, is_first)
        url = f"http://{_address_of(WEBSERVER)}"
        say("assets")
        _wait_for_assets(url)
    except BaseException:
        if is_first:
            down(lambda step: None)
        raise
    return url


def down(say: Say) -> bool:
    """Stop every service, PostgreSQL last; True when something was running."""
    if not get_settings().home.exists():
        return False
    with _alone():
        was_running = files.lives(SUPERVISOR)
        if was_running and (supervisor := Started.load(SUPERVISOR)):
            say("Dagster, the reports and PostgreSQL")
            end_group(supervisor.pid, signal.SIGTERM)
            with exclusively(files.guard_file(SUPERVISOR)):
                is_gone = wait_until_gone(files.life_file(SUPERVISOR), _STOP_SECONDS)
            if not is_gone:
                end_process(supervisor.pid)
        was_running = stop_services(say) or was_running  # what a supervisor that was killed has left
        files.forget_started(SUPERVISOR)
        files.stack_file().unlink(missing_ok=True)
        return was_running


def status() -> Status:
    """How everything is, from the supervisor if it lives; without one, from what is found."""
    home = get_settings().home
    if not home.exists():
        return Status([Record(SUPERVISOR), *(Record(service.name) for service in SERVICES)], False, _free_bytes())
    known = files.read_whole(files.stack_file())
    records = {told["service"]: Record.from_json(told) for told in (known or {}).get("services", [])}
    if files.lives(SUPERVISOR):
        kept = Started.load(SUPERVISOR)
        if known and kept and known["supervisor"]["pid"] != kept.pid:
            records = {}  # it has not looked yet; this is what the one before saw
        lines = [records.get(service.name, Record(service.name, State.STARTING)) for service in SERVICES]
        return Status([_supervisor_line(known), *lines], True, _free_bytes())
    died = Record(SUPERVISOR, problem="it was killed; `revenue up` starts it again and takes over what runs")
    lines = [_unwatched(records.get(service.name, Record(service.name)), known is not None) for service in SERVICES]
    return Status([died if known else Record(SUPERVISOR), *lines], known is not None, _free_bytes())


def dagster_runs() -> bool:
    """Whether the supervisor or any service but PostgreSQL runs."""
    names = [SUPERVISOR, *(service.name for service in SERVICES if service.name != POSTGRES)]
    return any(files.lives(name) for name in names)


def _alone() -> AbstractContextManager[None]:
    return exclusively(files.run_dir() / "stack.lock")


def _launch_or_wake(say: Say) -> None:
    kept = Started.load(SUPERVISOR)
    if files.lives(SUPERVISOR) and kept:
        if _is_hung(files.read_whole(files.stack_file()), kept):
            say("supervisor, which hung,")
            end_process(kept.pid)
            wait_until_gone(files.life_file(SUPERVISOR), _STOP_SECONDS)
        else:
            os.kill(kept.pid, signal.SIGHUP)
            return
    for service in SERVICES:
        place = service.place() if service.port_setting else None
        if place and not files.lives(service.name):
            refuse_taken_port(place.host, place.port, service.title, service.port_setting)
    settings = get_settings()
    # Absolute, because a detached process has another working directory.
    places = {"REVENUE_HOME": str(settings.home), "LAKE_URL": str(settings.lake_dir)}
    with exclusively(files.guard_file(SUPERVISOR)):
        process = launch(
            [sys.executable, "-m", "revenue_assets.stack.supervise"],
            life_file=files.life_file(SUPERVISOR),
            log_file=files.log_file(SUPERVISOR),
            environment=os.environ | places | {"REVENUE_SOURCES_DIR": str(settings.sources_dir)},
            folder=PROJECT_DIR,
        )
        Started.now(SUPERVISOR, process.pid, "").save()


def _wait_until_well(say: Say, is_first: bool) -> None:
    """Tell each service as it starts. At a first start the first failure is the end; later ones are tried again."""
    until, told = time.monotonic() + _START_SECONDS, set[str]()
    began = datetime.now(UTC)
    while True:
        lines = status().lines
        for line in lines[1:]:
            if line.pid and line.service not in told and line.state is not State.STOPPED:
                told.add(line.service)
                say(next(service.title for service in SERVICES if service.name == line.service))
            is_new = line.last_error_at is not None and line.last_error_at > began
            if line.state is State.FAILING or (is_first and is_new):
                raise StackError(
                    f"The {line.service} cannot be kept running: {line.last_error.rstrip('.')}. "
                    f"See `revenue logs {line.service}`."
                )
        if all(is_well(line) for line in lines):
            return
        if not files.lives(SUPERVISOR):
            raise StackError(f"The supervisor has ended: see {files.log_file(SUPERVISOR)} and run `revenue up` again.")
        if time.monotonic() > until:
            waiting = "; ".join(f"{line.service}: {line.problem or line.state}" for line in lines if not is_well(line))
            raise StackError(f"Not everything is well after {_START_SECONDS} seconds ({waiting}): see `revenue logs`.")
        time.sleep(0.1)


def _wait_for_assets(url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while not assets_are_loaded(url):
        if time.monotonic() > until:
            raise StackError("The Dagster UI does not show the assets: see `revenue logs code-server`.")
        time.sleep(0.1)


def _address_of(name: str) -> str:
    kept = Started.load(name)
    return kept.address if kept else ""


def _supervisor_line(known: Any) -> Record:
    kept = Started.load(SUPERVISOR)
    line = Record(
        SUPERVISOR, State.RUNNING, pid=kept.pid if kept else None, started_at=kept.started_at if kept else None
    )
    if kept and _is_hung(known, kept):
        return replace(line, problem=f"it has said nothing for {_HUNG_SECONDS} seconds; `revenue up` replaces it")
    return line


def _is_hung(known: Any, kept: Started) -> bool:
    seen = datetime.fromisoformat(known["supervisor"]["seen_at"]) if known else kept.started_at
    return (datetime.now(UTC) - max(seen, kept.started_at)).total_seconds() > _HUNG_SECONDS


def _unwatched(record: Record, is_wanted: bool) -> Record:
    """A service that no supervisor looks after: whether it lives is asked of its lock."""
    if record.service == POSTGRES:
        found = None if get_settings().database_url else EmbeddedPostgres().find()
    else:
        found = Started.load(record.service) if files.lives(record.service) else None
    if found is None:
        problem = "it does not run" if is_wanted else None
        return replace(record, state=State.STOPPED, problem=problem, pid=None, started_at=None)
    problem = "nobody watches it" if is_wanted else None
    found_there = replace(record, pid=found.pid, address=found.address, started_at=found.started_at)
    return replace(found_there, state=State.RUNNING, problem=problem)


def _free_bytes() -> int:
    folder = get_settings().home
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
