"""Detached processes that several commands share.

A process is recognised by a lock, not by its number: `launch` hands it an open, locked file, and the lock is held for
as long as the process or a child that inherited the file lives. Nothing is left behind by a power loss or a kill -9,
a number that was given to another process cannot deceive, and a zombie counts as gone. What is started, and when it
is ready, is decided by the callers.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Referenced for good, so that Python does not warn about children that are meant to outlive it.
_launched: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class SystemUser:
    """The numbers of a user that a process should run as."""

    uid: int
    gid: int


@contextmanager
def exclusively(lock_file: Path) -> Iterator[None]:
    """Let one process at a time into the block; the others wait. A killed holder frees the lock."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_alive(life_file: Path) -> bool:
    """Whether a process launched with this life file, or a child that it left, still lives.

    Asking takes the lock for a moment: callers that launch or ask at the same time guard both with `exclusively`.
    """
    try:
        file = life_file.open("rb")
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def wait_until_gone(life_file: Path, seconds: float) -> bool:
    """Wait until nothing holds the life file any more; False when that takes longer than `seconds`."""
    until = time.monotonic() + seconds
    while is_alive(life_file):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def end_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a process that `launch` started and to its children; nothing when none is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)


def end_process(pid: int) -> None:
    """Kill one process at once; nothing when it has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def processes_with(variable: str, value: str) -> list[int]:
    """The processes that carry this variable in their environment; none where the system does not tell (no /proc).

    Numbers are given anew, so children of a process that is gone are found by what they inherited.
    """
    wanted, found = f"{variable}={value}".encode(), []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


@contextmanager
def _interruptible() -> Iterator[None]:
    """A shell's background jobs ignore SIGINT and so would their children; Dagster treats SIGTERM as it does SIGINT."""
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def launch(
    command: Sequence[str | Path],
    *,
    life_file: Path,
    log_file: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: SystemUser | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in its own session, so that neither Ctrl-C nor the end of its parent reaches it.

    Raise BlockingIOError when the life file is held already, and OSError when the program cannot be run.
    """
    life_file.parent.mkdir(parents=True, exist_ok=True)
    log_file.parent.mkdir(parents=True, exist_ok=True)
    life = os.open(life_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with log_file.open("ab") as log, _interruptible():
            process = subprocess.Popen(
                [os.fspath(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=True,
                pass_fds=(life,),
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
            )
    finally:
        os.close(life)
    _launched.append(process)
    return process
