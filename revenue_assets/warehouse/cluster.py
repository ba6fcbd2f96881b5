"""The data folder of the embedded server: how it is created, which version may use it, how root gives it away.

As root the server runs as another user, whose way to the folder may be barred. Its programs are started inside the
folder and told to find it as /proc/self/cwd, which needs no permission on the folders above.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from revenue_assets.errors import WarehouseUnavailableError
from revenue_assets.stack.process import SystemUser
from revenue_assets.warehouse.programs import Programs

NAME = "revenue"  # of the database and of its owner


def create_data(data_dir: Path, password_file: Path, programs: Programs, user: SystemUser | None) -> None:
    """Create the folder with an empty database in it and the password of its owner.

    It is made beside its place and renamed, so that a kill leaves no half of it. Raise WarehouseUnavailableError.
    """
    beside = data_dir.with_name(f"{data_dir.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    if user:
        os.chown(beside, user.uid, user.gid)
    password = secrets.token_urlsafe(24)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    initdb = (
        *("-U", NAME, "--pwfile=/dev/stdin", "--auth=scram-sha-256", "--no-instructions", "--encoding=UTF8"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),  # one order of text everywhere
    )
    _run(beside, user, [programs.bin_dir / "initdb", "-D", as_seen_by(user, beside), *initdb], password)
    single = ("--single", "-D", as_seen_by(user, beside), "postgres")
    _run(beside, user, [programs.bin_dir / "postgres", *single], f"create database {NAME}\n")
    beside.rename(data_dir)


def refuse_other_version(data_dir: Path, programs: Programs) -> None:
    """Raise WarehouseUnavailableError when another major version of PostgreSQL wrote the folder."""
    found = (data_dir / "PG_VERSION").read_text().strip()
    if found != programs.major_version:
        raise WarehouseUnavailableError(
            f"{data_dir} was written by PostgreSQL {found}, but {programs.major_version} is installed: "
            "install the earlier version of this project again, or choose another REVENUE_HOME."
        )


def as_seen_by(user: SystemUser | None, folder: Path) -> Path:
    """How a program run as `user` finds a folder that it is started in."""
    inside = Path("/proc/self/cwd")
    return inside if user and inside.exists() else folder


def _run(folder: Path, user: SystemUser | None, command: Sequence[str | Path], text: str) -> None:
    """Run a program inside the folder with `text` as its input, which another user can read too."""
    with tempfile.TemporaryFile() as given:
        given.write(text.encode())
        given.seek(0)
        if user:
            os.fchown(given.fileno(), user.uid, user.gid)
        done = subprocess.run(
            command,
            stdin=given,
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise WarehouseUnavailableError(f"A PostgreSQL server cannot be created in {folder.parent}: {reason}")
