"""Closes as processes: started, waited for, killed. What runs in them: `fork_server`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from revenue_assets.settings import PROJECT_DIR, Settings
from tests.end_to_end.installation import Installation

SCENES = "tests.end_to_end.faults.scenes"
WAITING = "Another close is running: waiting until it has ended."
LOCK = 20_260_110  # that of one run at a time, as pg_locks shows it
_LOCKS = "select count(*) from pg_locks where locktype = 'advisory' and objid = %s and granted = %s"
_MOST_SECONDS = 240
_numbers = count(1)


class ForkServer:
    """The process that has everything imported."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.end_to_end.faults.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT_DIR,
            env={name: value for name, value in os.environ.items() if name not in _settings()},
        )
        assert self._answer() == "ready"

    def ask(self, **request: object) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert isinstance(answer, int)
        return answer

    def _answer(self) -> object:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_MOST_SECONDS)


def _settings() -> set[str]:
    return {str(setting.validation_alias) for setting in Settings.model_fields.values()} | {"DAGSTER_HOME"}


@dataclass(frozen=True)
class Child:
    """A close that runs."""

    server: ForkServer
    pid: int
    output: Path

    @property
    def printed(self) -> str:
        return self.output.read_text()

    def wait(self) -> int:
        """How it ended: its exit code, or less than zero the signal."""
        return self.server.ask(do="wait", pid=self.pid)

    def kill(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Wait until something was seen while it runs."""
        until = time.monotonic() + _MOST_SECONDS
        while not happened():
            assert Path(f"/proc/{self.pid}").exists(), self.printed
            assert "State:\tZ" not in Path(f"/proc/{self.pid}/status").read_text(), self.printed
            assert time.monotonic() < until, self.printed
            time.sleep(0.02)


def start(server: ForkServer, installation: Installation, call: str, *arguments: object, **variables: str) -> Child:
    """Call `module:function` in a process of its own on this installation."""
    output = installation.home / f"output-{next(_numbers)}"
    environment = installation.environment | variables
    pid = server.ask(do="start", call=call, arguments=arguments, environment=environment, output=str(output))
    return Child(server, pid, output)


def start_close(server: ForkServer, installation: Installation, *arguments: str, **variables: str) -> Child:
    """`revenue close` with these arguments, up to the findings."""
    return start(server, installation, f"{SCENES}:close_findings", "--source", "revmatch", *arguments, **variables)


def waiting(installation: Installation, number: int) -> Callable[[], bool]:
    """Whether so many wait for the lock of the installation."""
    return lambda: installation.rows(_LOCKS, LOCK, False) == [(number,)]


def the_lock_is_held(installation: Installation) -> bool:
    return installation.rows(_LOCKS, LOCK, True) == [(1,)]


def dbt_said(installation: Installation) -> Callable[[str], bool]:
    """Whether dbt has logged a text since now."""
    log = installation.home / "logs" / "dbt.log"
    size = log.stat().st_size if log.exists() else 0
    return lambda text: log.exists() and text.encode() in log.read_bytes()[size:]
