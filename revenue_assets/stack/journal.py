"""The one log of the stack: `logs/stack.jsonl`, written by the supervisor only, rotated by size.

Services write to files of their own, so that they go on when the supervisor is killed; the supervisor takes whole lines
over from there, each at least once, and the next one goes on where the last ended. A file that was taken over whole
is emptied when it has grown; what a service writes in that very instant is lost (as with logrotate's copytruncate).
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from revenue_assets.stack.files import read_whole, write_whole
from revenue_assets.stack.log_lines import Entry, entries_of

_CHUNK_BYTES = 1 << 20
_RAW_BYTES = 8 << 20
_KEPT_FILES = 5


class Journal:
    """Appends entries; moves the file aside as .1, .2 ... when it has `max_bytes`."""

    def __init__(self, file: Path, max_bytes: int = 20 << 20) -> None:
        self.file, self.max_bytes = file, max_bytes

    def write(self, entries: Sequence[Entry]) -> None:
        """Append entries; they are readable when this returns."""
        if not entries:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if self.file.exists() and self.file.stat().st_size >= self.max_bytes:
            for number in range(_KEPT_FILES - 1, 0, -1):
                if (older := _numbered(self.file, number)).exists():
                    older.replace(_numbered(self.file, number + 1))
            self.file.replace(_numbered(self.file, 1))
        with self.file.open("a", encoding="utf-8") as journal:
            journal.write("".join(entry.as_line() for entry in entries))


class Collector:
    """Takes over what services write; `raw` is the file of each service."""

    def __init__(
        self, journal: Journal, raw: Mapping[str, Path], positions: Path, secrets: Callable[[], Sequence[str]] = tuple
    ) -> None:
        self.journal, self.raw, self._file, self.secrets = journal, raw, positions, secrets
        self._positions: dict[str, int] = read_whole(positions) or {}

    def collect(self, at: datetime) -> None:
        """Take over all whole lines that are new."""
        for service, file in self.raw.items():
            position, lines = self._new_lines(service, file)
            while lines:
                self.journal.write(list(entries_of(service, lines, at, self.secrets())))
                self._positions[service] = position  # only now: with a full disk it is tried again
                write_whole(self._file, self._positions)
                position, lines = self._new_lines(service, file)

    def _new_lines(self, service: str, file: Path) -> tuple[int, list[str]]:
        try:
            size = file.stat().st_size
        except FileNotFoundError:
            return 0, []
        position = self._positions.get(service, 0)
        position = position if position <= size else 0  # it was emptied, or is another
        if size == position:
            if size > _RAW_BYTES:
                os.truncate(file, 0)
                self._positions[service] = 0
            return position, []
        with file.open("rb") as raw:
            raw.seek(position)
            chunk = raw.read(_CHUNK_BYTES)
        end = chunk.rfind(b"\n") + 1 or (len(chunk) if len(chunk) == _CHUNK_BYTES else 0)
        return position + end, chunk[:end].decode(errors="replace").splitlines()


def files_of_journal(file: Path) -> Iterator[Path]:
    """The log with its older parts, the oldest first."""
    for number in range(_KEPT_FILES, 0, -1):
        if (older := _numbered(file, number)).exists():
            yield older
    if file.exists():
        yield file


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
