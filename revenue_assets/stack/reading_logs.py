"""Reads the one log of the stack for people: the latest messages, and those that come."""

import json
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revenue_assets.stack import files
from revenue_assets.stack.files import SUPERVISOR
from revenue_assets.stack.journal import files_of_journal
from revenue_assets.stack.probes import StackError
from revenue_assets.stack.services import SERVICES

_SHOWN = 400  # characters of a first line


def latest(service: str | None, count: int) -> list[dict[str, Any]]:
    """The last messages, of all services or of one. Raise StackError when there is no such service, or no log."""
    known = (SUPERVISOR, *(entry.name for entry in SERVICES))
    if service is not None and service not in known:
        raise StackError(f"There is no service '{service}': there are {', '.join(known)}.")
    if not files.journal_file().exists():
        raise StackError(f"{files.journal_file()} is not there yet: `revenue up` begins it.")
    kept: deque[dict[str, Any]] = deque(maxlen=count)
    for file in files_of_journal(files.journal_file()):
        with file.open(encoding="utf-8") as lines:
            kept.extend(entry for line in lines if (entry := _read(line, service)))
    return list(kept)


def followed(service: str | None) -> Iterator[dict[str, Any]]:
    """Messages as they come, without an end; goes on with the new file when the log is rotated."""
    file = files.journal_file()
    position, inode = file.stat().st_size, file.stat().st_ino
    while True:
        time.sleep(0.1)
        lines, position, inode = _new_lines(file, position, inode)
        yield from (entry for line in lines if (entry := _read(line, service)))


def readable(entry: dict[str, Any], is_whole: bool) -> str:
    """One message as a line: time (UTC), service, level, text; only the first line of a long one unless `is_whole`."""
    first, newline, rest = entry["message"].partition("\n")
    if not is_whole:
        first = first if len(first) <= _SHOWN else f"{first[:_SHOWN]} ..."
        first += f" (and {rest.count(chr(10)) + 1} lines: --whole)" if rest else ""
    text = first + (newline + rest if is_whole else "")
    return f"{entry['time'][:19].replace('T', ' ')} {entry['service']:11} {entry['level']:8} {text}"


def _new_lines(file: Path, position: int, inode: int) -> tuple[list[str], int, int]:
    if not file.exists():
        return [], position, inode
    if file.stat().st_ino != inode:
        position, inode = 0, file.stat().st_ino
    with file.open("rb") as log:
        log.seek(position)
        text = log.read()
    end = text.rfind(b"\n") + 1
    return text[:end].decode().splitlines(), position + end, inode


def _read(line: str, service: str | None) -> dict[str, Any] | None:
    try:
        entry: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:  # cut off by a full disk
        return None
    return entry if service in (None, entry["service"]) else None
