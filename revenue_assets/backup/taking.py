"""Takes a backup while no run changes anything: database and files of one moment, beside the backups before it.

A file that an earlier backup has with the same content is not stored again: the two share it (a hard link). Files of
the installation are always copied, so no damage to them reaches a backup.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import SecretStr

from revenue_assets.assets.lock import one_run_at_a_time
from revenue_assets.backup import database
from revenue_assets.backup.manifest import (
    DATABASE,
    UNFINISHED,
    BackedUpFile,
    BackupError,
    Manifest,
    backups_in,
    files_below,
    hash_of,
    name_of,
)
from revenue_assets.links import reports_dir
from revenue_assets.settings import Settings, get_settings
from revenue_assets.warehouse.connection import database_address

_WITH_PASSWORD = "database_url"


@dataclass(frozen=True)
class Taken:
    """A backup that is whole; `shared` of its files are those of the backup before."""

    folder: Path
    manifest: Manifest
    shared: int


def folders() -> dict[str, Path]:
    """The folders that a backup holds, by their name in it."""
    return {"lake": get_settings().lake_dir, "reports": reports_dir()}


def take_backup(target: Path, at: datetime, on_wait: Callable[[], None], on_step: Callable[[str], None]) -> Taken:
    """Write a backup into a new folder below `target`; `on_wait` is called when a run has to end first.

    Raise BackupError in one sentence; then, as after a kill, nothing is there that could be taken for a backup.
    """
    target = target.expanduser().absolute()
    for folder in folders().values():
        if target.is_relative_to(folder):
            raise BackupError(f"{target} is inside {folder}, which is backed up: choose another folder.")
    final = target / name_of(at)
    if final.exists():
        raise BackupError(f"{final} exists already: wait a second and try again.")
    beside = target / f".{final.name}{UNFINISHED}"
    try:
        with one_run_at_a_time(on_wait):
            for left_over in target.glob(f".*{UNFINISHED}"):  # of a killed backup; the lock says that none is at work
                shutil.rmtree(left_over)
            beside.mkdir(parents=True, mode=0o700)  # it holds data of customers
            try:
                taken = _write(beside, at, on_step)
                os.sync()
                beside.rename(final)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise BackupError(
            f"The backup cannot be written to {target} ({error.strerror}: {error.filename}): "
            "check its owner and free space and try again."
        ) from error
    return Taken(final, taken.manifest, taken.shared)


def _write(folder: Path, at: datetime, on_step: Callable[[str], None]) -> Taken:
    on_step("the database")
    postgres_version = database.server_version()
    database.dump(database_address(), folder / DATABASE)
    dumped = folder / DATABASE
    files = [BackedUpFile(DATABASE, dumped.stat().st_size, hash_of(dumped))]
    before = backups_in(folder.parent)
    known = {entry.path: entry for entry in Manifest.load(before[-1]).files} if before else {}
    shared = 0
    for name, source in folders().items():
        on_step(f"the {name}")
        for relative in files_below(source):
            path = f"{name}/{relative.as_posix()}"
            earlier = before[-1] / path if path in known else None
            is_shared = _store(source / relative, folder / path, earlier)
            files.append(BackedUpFile(path, (folder / path).stat().st_size, hash_of(folder / path)))
            shared += is_shared
    manifest = Manifest(at.astimezone(UTC), version("revenue-assets"), postgres_version, plain_settings(), files)
    manifest.save(folder)
    return Taken(folder, manifest, shared)


def _store(source: Path, copy: Path, earlier: Path | None) -> bool:
    """Copy a file, or share the one of an earlier backup if both are the same now; True when it is shared."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    if earlier and earlier.is_file() and hash_of(earlier) == hash_of(source):
        copy.hardlink_to(earlier)
        return True
    shutil.copyfile(source, copy)
    return False


def plain_settings() -> dict[str, str]:
    """The settings that are not secret, by the name of their variable."""
    settings = get_settings()
    values = {str(field.validation_alias): getattr(settings, name) for name, field in Settings.model_fields.items()}
    secret = str(Settings.model_fields[_WITH_PASSWORD].validation_alias)
    return {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in values.items()
        if name != secret and value is not None and not isinstance(value, SecretStr)
    }
