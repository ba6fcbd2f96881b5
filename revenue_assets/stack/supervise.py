"""The supervisor: one detached process per installation that keeps the services of the table running.

`python -m revenue_assets.stack.supervise`, started by `revenue up`. One thread watches each service, so that one that
hangs holds up no other. Asked to end (SIGTERM), it stops everything in order; killed, it leaves everything running,
and the next supervisor takes over what it finds. SIGHUP asks to try again what is failing. What is to be done about a
service is decided in `watching.py`.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType

from revenue_assets.errors import RevenueError
from revenue_assets.settings import get_settings
from revenue_assets.stack import files
from revenue_assets.stack.journal import Collector, Journal
from revenue_assets.stack.log_lines import Entry
from revenue_assets.stack.running import PostgresElsewhere, Runner, runner_of
from revenue_assets.stack.services import SERVICES, Service
from revenue_assets.stack.stopping import stop_services
from revenue_assets.stack.watching import Action, Record, State, Watch
from revenue_assets.warehouse.address import DatabaseAddress

_NEVER = 1e9  # seconds
_JOIN_SECONDS = 3.0
_SECRET_CHARACTERS = 4  # a shorter one would blacken ordinary words


class Supervisor:
    """Watches services until it is asked to stop."""

    def __init__(
        self,
        services: Sequence[Service],
        runner: Callable[[Service], Runner] = runner_of,
        *,
        look_seconds: float = 1.0,
        health_seconds: float = 5.0,
    ) -> None:
        kept = {
            told["service"]: Record.from_json(told)
            for told in (files.read_whole(files.stack_file()) or {}).get("services", [])
        }
        self.runners = {service.name: runner(service) for service in services}
        self.watches = {
            service.name: Watch(
                self._patient(service), replace(kept.get(service.name, Record(service.name)), problem=None)
            )
            for service in services
        }
        self.look_seconds, self.health_seconds = look_seconds, health_seconds
        self.stopping, self.started_at = threading.Event(), datetime.now(UTC)
        self.journal = Journal(files.journal_file())
        raw = {name: files.log_file(name) for name in (files.SUPERVISOR, *self.watches)}
        self.collector = Collector(self.journal, raw, files.run_dir() / "log-positions.json", secrets)
        self._lock = threading.Lock()
        self._told: list[Entry] = []

    def run(self) -> None:
        """Keep everything running; return when all is stopped after `stopping` was set."""
        self.tell(files.SUPERVISOR, "info", f"Supervisor started as process {os.getpid()}.")
        threads: dict[str, threading.Thread] = {}
        while not self.stopping.wait(self.look_seconds / 2):
            for name, watch in self.watches.items():
                if name not in threads or not threads[name].is_alive():  # a defect ended it, and is in our own log
                    threads[name] = threading.Thread(target=self._watch, args=[watch], daemon=True, name=name)
                    threads[name].start()
            with contextlib.suppress(OSError):  # a full disk is no reason to stop watching; what is untold is kept
                self._write()
        self.tell(files.SUPERVISOR, "info", "Stopping all services, PostgreSQL last.")
        for thread in threads.values():
            thread.join(_JOIN_SECONDS)
        stop_services(lambda title: self.tell(files.SUPERVISOR, "info", f"Stopping {title}."))
        for watch in self.watches.values():
            watch.record.state, watch.record.problem, watch.record.pid = State.STOPPED, None, None
        self.tell(files.SUPERVISOR, "info", "Stopped.")
        self._write()

    def try_again(self) -> None:
        """Start once more what is failing."""
        with self._lock:
            for watch in self.watches.values():
                watch.try_again()

    def tell(self, service: str, level: str, message: str) -> None:
        """Put a message of the supervisor about a service into the log."""
        with self._lock:
            self._told.append(Entry(datetime.now(UTC), service, level, message))

    def _watch(self, watch: Watch) -> None:
        asked_at, problem = datetime.min.replace(tzinfo=UTC), None
        while not self.stopping.wait(self.look_seconds):
            found = self.runners[watch.service.name].find()
            lacking = self._lacking(watch.service, is_alive=found is not None)
            is_due = (
                problem or watch.record.problem or (datetime.now(UTC) - asked_at).total_seconds() >= self.health_seconds
            )
            if found and not lacking and is_due:
                problem, asked_at = watch.service.problem(found.address, found.started_at), datetime.now(UTC)
            if self.stopping.is_set():
                return
            self._act(watch, found is not None, self._look(watch, found, problem, lacking))

    def _look(self, watch: Watch, found: files.Started | None, problem: str | None, lacking: str) -> Action:
        before, was = watch.record.last_error_at, (watch.record.state, watch.record.problem)
        with self._lock:
            ended = "" if found else self.runners[watch.service.name].how_it_ended()
            action = watch.look(datetime.now(UTC), found, problem, lacking, ended)
        record, title = watch.record, watch.service.title
        if record.last_error_at != before:
            self.tell(record.service, "error", f"{title}: {record.last_error}.")
            if record.state is State.FAILING:
                self.tell(
                    record.service,
                    "critical",
                    f"{title} failed five times in ten minutes: given up until `revenue up`.",
                )
        elif record.state is State.RUNNING and record.problem is None and was != (State.RUNNING, None):
            self.tell(record.service, "info", f"{title} is well (process {record.pid or 'elsewhere'}).")
        elif record.state is State.RUNNING and record.problem and was == (State.RUNNING, None):
            self.tell(record.service, "warning", f"{title} is not well: {record.problem}.")
        return action

    def _act(self, watch: Watch, was_alive: bool, action: Action) -> None:
        runner = self.runners[watch.service.name]
        if action is Action.KILL:
            self.tell(watch.service.name, "warning", f"Ending {watch.service.title}, to start it anew.")
            runner.kill()
        if action is not Action.START:
            return
        try:
            started = runner.start()
        except (RevenueError, OSError) as error:
            reason = str(error).rstrip(".")
            with self._lock:
                watch.failed(datetime.now(UTC), reason)
            self.tell(watch.service.name, "error", f"{watch.service.title} cannot be started: {reason}.")
            return
        with self._lock:
            watch.started(datetime.now(UTC), started)
        self.tell(watch.service.name, "info", f"{watch.service.title} started as process {started.pid}.")

    def _lacking(self, service: Service, *, is_alive: bool) -> str:
        """The title of something that the service needs and that is not well, for now; else an empty text."""
        for name in service.needs:
            watch = self.watches[name]
            if watch.record.state is not State.RUNNING or watch.record.problem:
                return watch.service.title
        for name in () if is_alive else service.after:
            if self.watches[name].record.state not in (State.RUNNING, State.FAILING):
                return self.watches[name].service.title
        return ""

    def _patient(self, service: Service) -> Service:
        is_ours = not isinstance(self.runners[service.name], PostgresElsewhere)
        return service if is_ours else replace(service, start_seconds=_NEVER, hang_seconds=_NEVER)

    def _write(self) -> None:
        with self._lock:
            told = list(self._told)
            known = {
                "supervisor": {
                    "pid": os.getpid(),
                    "started_at": self.started_at.isoformat(),
                    "seen_at": datetime.now(UTC).isoformat(),
                },
                "services": [watch.record.as_json() for watch in self.watches.values()],
            }
        files.write_whole(files.stack_file(), known)
        self.collector.collect(datetime.now(UTC))
        self.journal.write(told)
        with self._lock:
            del self._told[: len(told)]


def secrets() -> list[str]:
    """The values that must not reach the log: the password of the warehouse, and every setting that is secret."""
    from pydantic import SecretStr

    from revenue_assets.warehouse.server import installed_server

    settings, embedded = get_settings(), installed_server().folder / "password"
    kept = [value.get_secret_value() for value in dict(settings).values() if isinstance(value, SecretStr)]
    told = [part for value in kept for part in (value, *value.split(","))]
    if settings.database_url:
        told.append(DatabaseAddress.parse(settings.database_url).password)
    elif embedded.exists():
        told.append(embedded.read_text().strip())
    return [secret for secret in told if len(secret) >= _SECRET_CHARACTERS]


def main() -> None:
    """Supervise the services of this installation."""
    supervisor = Supervisor(SERVICES)

    def stop(number: int, frame: FrameType | None) -> None:
        supervisor.stopping.set()

    def try_again(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=supervisor.try_again).start()  # a lock may be held where the signal arrives

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, try_again)
    supervisor.run()


if __name__ == "__main__":
    main()
