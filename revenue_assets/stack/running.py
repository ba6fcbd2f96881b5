"""Starts, finds and ends the process of one service; when that should happen is decided in `watching.py`.

A service of the table is a detached process of ours. PostgreSQL is an exception: the embedded server is started by
whoever needs it first, and another one (REVENUE_DATABASE_URL) is only looked at.
"""

import os
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from revenue_assets.settings import PROJECT_DIR, get_settings
from revenue_assets.stack import files
from revenue_assets.stack.environment import dagster_environment, dagster_home
from revenue_assets.stack.files import Started
from revenue_assets.stack.probes import refuse_taken_port
from revenue_assets.stack.process import end_group, exclusively, launch, wait_until_gone
from revenue_assets.stack.services import CODE_SERVER, POSTGRES, Service, workspace_text

MARK = "REVENUE_SERVICE"  # in the environment of every process of a service, by which left-over children are found
_END_SECONDS = 10


class Runner(Protocol):
    """The process behind one service."""

    def find(self) -> Started | None:
        """The living process, whoever started it."""

    def start(self) -> Started:
        """Start it; raise RevenueError when that cannot work."""

    def kill(self) -> None:
        """End it, because it does not answer."""

    def how_it_ended(self) -> str:
        """In words, as far as it is known."""


class Program:
    """A detached process of ours."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._child: subprocess.Popen[bytes] | None = None

    def find(self) -> Started | None:
        return Started.load(self.service.name) if files.lives(self.service.name) else None

    def start(self) -> Started:
        place = self.service.place()
        if place.port:
            refuse_taken_port(place.host, place.port, self.service.title, self.service.port_setting)
        workspace = dagster_home() / "workspace.yaml"
        environment = os.environ | dagster_environment() | {MARK: mark(self.service.name)}
        if self.service.name == CODE_SERVER:
            workspace.write_text(workspace_text(place.host, place.port))
        with exclusively(files.guard_file(self.service.name)):
            self._child = launch(
                self.service.command(place, workspace),
                life_file=files.life_file(self.service.name),
                log_file=files.log_file(self.service.name),
                environment=environment,
                folder=PROJECT_DIR,
            )
            started = Started.now(self.service.name, self._child.pid, place.address)
            started.save()
        return started

    def kill(self) -> None:
        found = self.find()
        if found is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.service.leads_runs:
                os.kill(found.pid, number)
            else:
                end_group(found.pid, number)
            if wait_until_gone(files.life_file(self.service.name), _END_SECONDS):
                return

    def how_it_ended(self) -> str:
        code = self._child.poll() if self._child else None
        if code is None:
            return "it ended"
        return f"it was ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with status {code}"


class EmbeddedPostgres:
    """The embedded server; `revenue close` and others may start it too."""

    def find(self) -> Started | None:
        from revenue_assets.warehouse import server

        found = server.status()
        if not found.is_running or found.pid is None:
            return None
        return Started(POSTGRES, found.pid, f"{server.HOST}:{found.port}", found.started_at or datetime.now(UTC))

    def start(self) -> Started:
        from revenue_assets.warehouse import server

        server.start()
        return self.find() or Started.now(POSTGRES, 0, "")

    def kill(self) -> None:
        from revenue_assets.warehouse import server

        server.installed_server().kill()

    def how_it_ended(self) -> str:
        return "it ended"


class PostgresElsewhere:
    """A server that is not ours: its health is shown, the rest is its owner's."""

    def find(self) -> Started | None:
        from revenue_assets.warehouse.connection import database_address

        address = database_address()
        return Started(POSTGRES, 0, f"{address.host}:{address.port}", datetime.fromtimestamp(0, UTC))

    def start(self) -> Started:
        raise AssertionError("it is always found")

    def kill(self) -> None:
        """Nothing: its owner decides."""

    def how_it_ended(self) -> str:
        return ""


def runner_of(service: Service) -> Runner:
    """What starts and finds this service in this installation."""
    if service.name != POSTGRES:
        return Program(service)
    return PostgresElsewhere() if get_settings().database_url else EmbeddedPostgres()


def mark(name: str) -> str:
    """The value of MARK for a service of this installation."""
    return str(Path(files.life_file(name)))
