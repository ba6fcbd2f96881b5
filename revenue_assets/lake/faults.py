"""Faults of the machine that hit the lake, as sentences: no room on a disk, a file that cannot be read.

DuckDB and the operating system say what happened to one call; here it becomes what a person has to do. Faults of a
source's SELECT or files are not of this kind (`contract.reading`).
"""

import errno
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from revenue_assets.contract.quoting import literal
from revenue_assets.errors import DamagedFileError, DiskFullError, RevenueError
from revenue_assets.settings import get_settings

_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large", "max_temp_directory_size")
_NO_ROOM_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNREADABLE = re.compile(
    r"No magic bytes|too small to be a Parquet file|Failed to read file|don't know what type|TProtocolException"
    r"|invalid Parquet|corrupt|Footer length|Invalid compressed|decompress",
    re.IGNORECASE,
)
_PATH = re.compile(r"""["'](/[^"']+)["']""")


@contextmanager
def faults_of_the_machine(folder: Path) -> Iterator[None]:
    """Raise DiskFullError or DamagedFileError for what is the machine's fault; `folder` is where the block writes."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM_NUMBERS:
            raise
        raise no_room(Path(error.filename) if error.filename else folder) from None
    except duckdb.Error as error:
        raise (fault_behind(error, folder) or error) from None


def fault_behind(error: duckdb.Error, folder: Path, files: Sequence[Path] = ()) -> RevenueError | None:
    """The machine's fault that made DuckDB fail while it wrote to `folder`; None when it is another's.

    DuckDB does not always name the file that it cannot read: then it is looked for among `files`, those that were read.
    """
    message = str(error)
    named = _PATH.search(message)
    if any(text in message for text in _NO_ROOM):
        return no_room(Path(named[1]) if named else folder)
    if not UNREADABLE.search(message):
        return None
    lake = get_settings().lake_dir
    file = Path(named[1]) if named else next((file for file in files if not _has_whole_rows(file)), None)
    return _damaged(file, message) if file and file.is_relative_to(lake) else None


def no_room(path: Path) -> DiskFullError:
    """What to say when nothing more can be written to `path`, a file or a folder."""
    folder = next(each for each in (path, *path.parents) if each.is_dir())
    free = shutil.disk_usage(folder).free // 1_000_000
    return DiskFullError(
        f"There is no room left to write in {folder} ({free:,} MB free): make room there, then close the same months "
        "again; what was closed before is still whole."
    )


def _has_whole_rows(file: Path) -> bool:
    """Asked of a DuckDB of its own, because the one that failed may answer no more."""
    with duckdb.connect(":memory:") as connection:
        try:
            connection.execute(f"select max(hash(rows)) from read_parquet({literal(str(file))}) as rows").fetchall()
        except duckdb.Error:
            return False
    return True


def _damaged(file: Path, message: str) -> DamagedFileError:
    reason = _PATH.sub("it", message.splitlines()[0].partition(": ")[2]).strip().rstrip(":.")
    month = file.parent.name.removeprefix("month=") if file.parent.name.startswith("month=") else ""
    close = f"revenue close --source {file.stem}" + (f" --month {month}" if month else "")
    return DamagedFileError(
        f"The file {file} of the lake is damaged ({reason}): write it anew with `{close}`; "
        "what the source does not deliver any more, restore from a backup."
    )
