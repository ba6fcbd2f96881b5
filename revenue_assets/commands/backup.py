"""`revenue backup` and `revenue restore`: arguments and print-out of `revenue_assets/backup`."""

import time
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where backups are kept; each gets a folder in it.")],
) -> None:
    """Back up the database, the lake, the reports and the settings that are not secret, as they are at one moment.

    Waits until a running close has ended; the stack may run. Files that have not changed since the last backup in DIR
    take no room again. Not in it: what sources deliver, and secrets (.env).
    """
    from datetime import UTC, datetime

    from revenue_assets.backup.taking import take_backup

    began = time.monotonic()
    taken = take_backup(folder, datetime.now(UTC), _say_waiting, lambda step: typer.echo(f"{step} ...", err=True))
    size, count = taken.manifest.size, len(taken.manifest.files)
    typer.echo(
        f"{taken.folder}: {count:,} files, {_in_words(size)}, {taken.shared:,} of them shared with the backup before, "
        f"in {time.monotonic() - began:.1f} s. Put it back with: revenue restore {taken.folder}"
    )


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A backup, or a folder of them: then the latest.")],
    is_replacing: Annotated[
        bool,
        typer.Option("--replace", help="Lose what the installation holds. Without it, only an empty one is filled."),
    ] = False,
) -> None:
    """Put this installation back to what it was when a backup was taken; `revenue down` first.

    Every file is compared with its hash before anything changes.
    """
    from revenue_assets.backup.restoring import restore as restore_backup

    began = time.monotonic()
    restored = restore_backup(
        folder, replace=is_replacing, on_wait=_say_waiting, on_step=lambda step: typer.echo(f"{step} ...", err=True)
    )
    manifest = restored.manifest
    typer.echo(
        f"Restored {restored.folder}, taken {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC by version {manifest.version}: "
        f"{len(manifest.files):,} files, {_in_words(manifest.size)}, in {time.monotonic() - began:.1f} s."
    )
    typer.echo(f"Closed sources: {', '.join(restored.sources) or 'none'}.")
    for name, (then, now) in restored.other_settings.items():
        typer.echo(f"{name} was {then!r} then and is {now!r} now.")


def _say_waiting() -> None:
    typer.echo("Another run is changing the data: waiting until it has ended.", err=True)


def _in_words(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
