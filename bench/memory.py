"""What the processes of a PostgreSQL server hold together, read from /proc: each page once, shared ones shared out."""

import re
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def server_bytes(backend: int) -> int:
    """Bytes of the server to which a backend belongs; 0 where it is not seen, on another machine or without /proc."""
    postmaster = _parent(backend)
    if not postmaster:
        return 0
    pids = [int(folder.name) for folder in _PROC.iterdir() if folder.name.isdigit()]
    return sum(_proportional_bytes(pid) for pid in pids if pid == postmaster or _parent(pid) == postmaster)


def forget_peak() -> None:
    """Let the peak memory of this process begin anew; where that is not possible it stays what it was."""
    with suppress(OSError):
        (_PROC / "self" / "clear_refs").write_text("5", encoding="utf-8")


def _parent(pid: int) -> int | None:
    """The parent of a process of PostgreSQL; None for any other."""
    found = re.match(r"\d+ \(postgres\) \S (\d+) ", _read(pid, "stat"))
    return int(found.group(1)) if found else None


def _proportional_bytes(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+) kB", _read(pid, "smaps_rollup"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def _read(pid: int, name: str) -> str:
    """A file of a process; empty when that is gone or not ours to look at."""
    try:
        return (_PROC / str(pid) / name).read_text(encoding="utf-8")
    except OSError:
        return ""
