"""Bring the services of an installation up, take them down, and tell how they are.

Every function may be called at any time and by several processes at once: what runs already is left alone.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from revenue_assets.settings import PROJECT_DIR, get_settings
from revenue_assets.stack import services
from revenue_assets.stack.environment import dagster_environment, dagster_home
from revenue_assets.stack.probes import StackError, answers, assets_are_loaded, refuse_taken_port
from revenue_assets.stack.process import exclusively, is_alive, launch, wait_until_gone
from revenue_assets.stack.services import CODE_SERVER, DAEMON, WEBSERVER, Service
from revenue_assets.warehouse import server

_LOCAL = "127.0.0.1"
_START_SECONDS = 180
_STOP_SECONDS = 30
Say = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """One line of the status: a service and how it is."""

    service: str
    state: str
    pid: int | None = None
    address: str = ""
    started_at: datetime | None = None

    @property
    def uptime(self) -> str:
        """How long the service has been running, for people; empty when it does not run."""
        if self.started_at is None:
            return ""
        seconds = int((datetime.now(UTC) - self.started_at).total_seconds())
        hours, minutes = seconds // 3600, seconds % 3600 // 60
        return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"


def up(say: Say) -> str:
    """Start what does not run and wait until the UI shows the assets; return the UI's address.

    Raise StackError when a port is taken or a service ends at once; what this call started is then stopped again.
    """
    settings = get_settings()
    with _alone():
        ours = Service.load(WEBSERVER) if is_alive(services.life_file(WEBSERVER)) else None
        if ours is None:
            refuse_taken_port(settings.ui_host, settings.ui_port)
        started: list[str] = []
        try:
            say("PostgreSQL")
            environment = os.environ | dagster_environment()
            workspace = _start_code_server(environment, started, say)
            if ours is None:
                say("Dagster webserver")
                ours = _start(WEBSERVER, environment, started, workspace, settings.ui_host, settings.ui_port)
            url = f"http://{ours.address}"
            _wait(lambda: answers(f"{url}/server_info"), "the web server answers")
            if not is_alive(services.life_file(DAEMON)):  # after the web server, which has created Dagster's tables
                say("Dagster daemon")
                _start(DAEMON, environment, started, workspace)
            say("assets")
            _wait(lambda: assets_are_loaded(url), "the assets are loaded")
        except BaseException:
            _stop(started)
            raise
        return url


def down(say: Say) -> bool:
    """Stop every service, PostgreSQL last; True when something was running."""
    if not get_settings().home.exists():
        return False
    with _alone():
        running = [name for name in (DAEMON, WEBSERVER, CODE_SERVER) if is_alive(services.life_file(name))]
        if running:
            say("Dagster")
            _stop(running)
        if not server.status().is_running:
            return bool(running)
        say("PostgreSQL")
        return server.stop() or bool(running)


def status() -> list[Line]:
    """Every service of this installation, running or not."""
    if not get_settings().home.exists():
        return [Line(name, "stopped") for name in ("postgres", CODE_SERVER, WEBSERVER, DAEMON)]
    with _alone():
        return [_postgres_line(), *(_line(name) for name in (CODE_SERVER, WEBSERVER, DAEMON))]


def _alone() -> contextlib.AbstractContextManager[None]:
    return exclusively(services.run_dir() / "stack.lock")


def _postgres_line() -> Line:
    if get_settings().database_url:
        return Line("postgres", "elsewhere", address="REVENUE_DATABASE_URL")
    found = server.status()
    if not found.is_running:
        return Line("postgres", "stopped")
    return Line("postgres", "running", found.pid, f"{server.HOST}:{found.port}", found.started_at)


def _line(name: str) -> Line:
    kept = Service.load(name)
    if kept is None or not is_alive(services.life_file(name)):
        return Line(name, "stopped")
    return Line(name, "running", kept.pid, kept.address, kept.started_at)


def _start_code_server(environment: dict[str, str], started: list[str], say: Say) -> Path:
    """Start the code server unless it runs, and return the workspace file that points to it."""
    workspace = dagster_home() / "workspace.yaml"
    if is_alive(services.life_file(CODE_SERVER)) and workspace.exists():
        return workspace
    say("code server")
    kept = Service.load(CODE_SERVER)
    port = server.free_port(int(kept.address.rpartition(":")[2]) if kept else 0)
    workspace.write_text(services.workspace_text(_LOCAL, port))
    _start(CODE_SERVER, environment, started, workspace, _LOCAL, port)
    return workspace


def _start(
    name: str, environment: dict[str, str], started: list[str], workspace: Path, host: str = "", port: int = 0
) -> Service:
    process = launch(
        services.command(name, workspace, host, port),
        life_file=services.life_file(name),
        log_file=services.log_file(name),
        environment=environment,
        folder=PROJECT_DIR,
    )
    started.append(name)
    service = Service.started(name, process.pid, f"{host}:{port}" if port else "")
    service.save()
    return service


def _stop(names: list[str]) -> None:
    """End services with all their children, gently at first."""
    groups = {name: kept.pid for name in names if (kept := Service.load(name))}
    for name, group in groups.items():
        if is_alive(services.life_file(name)):
            _signal(group, signal.SIGTERM)
    for name, group in groups.items():
        if not wait_until_gone(services.life_file(name), _STOP_SECONDS):
            _signal(group, signal.SIGKILL)
            wait_until_gone(services.life_file(name), _STOP_SECONDS)
        services.state_file(name).unlink(missing_ok=True)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)  # a service leads its own group, and the runs that it started are members


def _wait(is_done: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while not is_done():
        for name in (CODE_SERVER, WEBSERVER, DAEMON):
            if Service.load(name) and not is_alive(services.life_file(name)):
                raise StackError(f"The {name} has ended: see the last lines of {services.log_file(name)}.")
        if time.monotonic() > until:
            raise StackError(
                f"Waited {_START_SECONDS} seconds until {what}, in vain: see the logs in "
                f"{services.log_file(WEBSERVER).parent} and try again."
            )
        time.sleep(0.2)
