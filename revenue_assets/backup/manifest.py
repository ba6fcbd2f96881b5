"""What a backup consists of: the list of its files with size and hash, what they are of, and whether they are whole.

A backup is a folder named after its moment, with `manifest.json`, `database.dump`, `lake/` and `reports/` in it. It
is written beside its place and renamed, so a folder that has its name is whole as it was written.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from revenue_assets.errors import RevenueError

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "database.dump"
UNFINISHED = ".writing"
_NAME = "%Y-%m-%dT%H%M%SZ"
_CHUNK = 1 << 20


class BackupError(RevenueError):
    """A backup cannot be taken, or cannot be restored; what was there before is as it was."""


@dataclass(frozen=True)
class BackedUpFile:
    """One file: its path within the backup, its size in bytes and the SHA-256 of its content."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `settings` are those that are not secret, as text by variable."""

    taken_at: datetime
    version: str
    postgres_version: str
    settings: dict[str, str]
    files: list[BackedUpFile]

    def save(self, folder: Path) -> None:
        """Write it into the backup's folder."""
        told = {"format": FORMAT} | asdict(self) | {"taken_at": self.taken_at.isoformat()}
        (folder / MANIFEST).write_text(json.dumps(told, indent=1))

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """Read it; raise BackupError when there is none, or it is damaged or of a later version."""
        file = folder / MANIFEST
        try:
            told = json.loads(file.read_text())
            if told.pop("format") != FORMAT:
                raise BackupError(f"{file} was written by a later version of revenue-assets: install that one.")
            files = [BackedUpFile(**entry) for entry in told.pop("files")]
            return cls(**(told | {"taken_at": datetime.fromisoformat(told["taken_at"]), "files": files}))
        except FileNotFoundError:
            raise BackupError(f"{folder} is no backup: it has no {MANIFEST}.") from None
        except (ValueError, KeyError, TypeError, UnicodeDecodeError):
            raise BackupError(f"{file} is damaged: restore an earlier backup; nothing was changed.") from None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def name_of(moment: datetime) -> str:
    """The name of the folder of a backup that was taken at this moment."""
    return moment.astimezone(UTC).strftime(_NAME)


def backups_in(folder: Path) -> list[Path]:
    """The whole backups below a folder, the oldest first."""
    return sorted(file.parent for file in folder.glob(f"*/{MANIFEST}") if not file.parent.name.startswith("."))


def hash_of(file: Path) -> str:
    """The SHA-256 of a file's content."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def verify(folder: Path, manifest: Manifest) -> None:
    """Read every file; raise BackupError naming the first that is missing or not as it was written."""
    for entry in manifest.files:
        file = folder / entry.path
        try:
            is_whole = file.stat().st_size == entry.size and hash_of(file) == entry.sha256
        except FileNotFoundError:
            raise BackupError(f"{file} is missing: restore another backup; nothing was changed.") from None
        if not is_whole:
            raise BackupError(
                f"{file} is damaged (its content is not what was backed up): restore another backup; "
                "nothing was changed."
            )


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder as relative paths, in order; without hidden ones, which killed writers have left."""
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder)
        if file.is_file() and not any(part.startswith(".") for part in relative.parts):
            yield relative
