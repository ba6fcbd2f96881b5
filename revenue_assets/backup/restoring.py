"""Puts an installation back to what it was when a backup was taken.

Everything is prepared beside what is there (every file read and compared with its hash, the database in one of its own)
before anything changes; then folders and database are exchanged. A restore that was killed is repeated with --replace.
"""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from revenue_assets.assets.lock import one_run_at_a_time
from revenue_assets.backup import database
from revenue_assets.backup.manifest import DATABASE, BackupError, Manifest, backups_in, files_below, hash_of, verify
from revenue_assets.backup.taking import folders, plain_settings
from revenue_assets.settings import get_settings
from revenue_assets.stack.supervisor import dagster_runs
from revenue_assets.warehouse.connection import connect, database_address

_WHERE_IT_IS = ("REVENUE_HOME", "LAKE_URL", "REVENUE_SOURCES_DIR")  # they may differ without any consequence
_SOURCES = "select source_name, count(*), max(as_of) from raw.organizations group by source_name order by source_name"


@dataclass(frozen=True)
class Restored:
    """What is there now. `other_settings`: those that had another value when the backup was taken, (then, now)."""

    folder: Path
    manifest: Manifest
    sources: list[str]
    other_settings: dict[str, tuple[str, str]]


def backup_of(folder: Path) -> Path:
    """The backup that a folder is, or the latest of those it holds. Raise BackupError when there is none."""
    folder = folder.expanduser().absolute()
    if (folder / "manifest.json").exists():
        return folder
    if not (found := backups_in(folder) if folder.is_dir() else []):
        raise BackupError(f"There is no backup in {folder}: give a folder that `revenue backup` has written to.")
    return found[-1]


def restore(folder: Path, *, replace: bool, on_wait: Callable[[], None], on_step: Callable[[str], None]) -> Restored:
    """Restore the backup in `folder` (the latest, if it holds several). Raise BackupError; then nothing has changed.

    An installation that holds anything is refused unless `replace`.
    """
    _refuse_running_stack()
    backup = backup_of(folder)
    on_step("verifying every file")
    manifest = Manifest.load(backup)
    verify(backup, manifest)
    address = database_address()
    try:
        with ExitStack() as prepared:
            with one_run_at_a_time(on_wait):
                database.refuse_other_programs()
                if not replace and not _is_empty():
                    raise BackupError(
                        f"The installation in {get_settings().home} is not empty: add --replace to lose what it holds, "
                        "or set REVENUE_HOME (and LAKE_URL, REVENUE_DATABASE_URL if you use them) to another one."
                    )
                on_step("copying the files")
                beside = {
                    target: prepared.enter_context(_prepared(backup / name, target, name, manifest))
                    for name, target in folders().items()
                }
                on_step("restoring the database")
                restored = prepared.enter_context(database.restored_beside(address, backup / DATABASE))
            on_step("exchanging the old for the new")
            with _uninterrupted(), _exchanged(beside):
                database.take_place(address, restored)
            database.drop_replaced(address)
    except OSError as error:
        raise BackupError(
            f"The backup cannot be restored ({error.strerror}: {error.filename}): check owner and free space of "
            f"{get_settings().home} and try again; nothing was changed."
        ) from error
    return Restored(backup, manifest, _sources(), _other_settings(manifest))


def _refuse_running_stack() -> None:
    if dagster_runs():
        raise BackupError("The stack is running and would write into what is restored: run `revenue down` first.")


def _is_empty() -> bool:
    has_files = any(next(files_below(folder), None) for name, folder in folders().items() if name == "lake")
    return not has_files and database.is_empty()


@contextmanager
def _prepared(source: Path, target: Path, name: str, manifest: Manifest) -> Iterator[Path]:
    """Copy the files of one folder beside its place, each compared once more; gone at the end unless exchanged."""
    beside = target.with_name(f".{target.name}.restoring")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        for entry in manifest.files:
            if entry.path.startswith(f"{name}/"):
                copy = beside / entry.path.removeprefix(f"{name}/")
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source.parent / entry.path, copy)
                if hash_of(copy) != entry.sha256:
                    raise BackupError(f"{source.parent / entry.path} cannot be read the same twice: check the disk.")
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait: between the exchange of the folders and that of the database nothing may end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _exchanged(beside: dict[Path, Path]) -> Iterator[None]:
    """Put each folder in its place; put the old ones back when the block fails, else remove them."""
    done: list[Path] = []
    try:
        for target, new in beside.items():
            shutil.rmtree(_old(target), ignore_errors=True)
            if target.exists():
                target.rename(_old(target))
            done.append(target)
            new.rename(target)
        yield
    except BaseException:
        for target in done:
            shutil.rmtree(target, ignore_errors=True)
            if _old(target).exists():
                _old(target).rename(target)
        raise
    for target in done:
        shutil.rmtree(_old(target), ignore_errors=True)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.replaced")


def _sources() -> list[str]:
    with connect() as connection:
        if connection.execute("select to_regclass('raw.organizations') is null").fetchall()[0][0]:
            return []
        found = connection.execute(_SOURCES).fetchall()
    return [f"{name} ({count} organizations, until {as_of:%Y-%m-%d %H:%M} UTC)" for name, count, as_of in found]


def _other_settings(manifest: Manifest) -> dict[str, tuple[str, str]]:
    now = plain_settings()
    return {
        name: (then, now.get(name, ""))
        for name, then in manifest.settings.items()
        if name not in _WHERE_IT_IS and now.get(name, "") != then
    }
