"""Where each file of the lake lies, and how one is replaced.

Layout: `<zone>/<dataset>/month=YYYY-MM/<source>.parquet` for what is kept by month, `<zone>/<dataset>/<source>.parquet`
for whole snapshots. One file per source and month, because renaming one file is atomic: a reader sees the old month
or the new one, and a killed writer leaves the old one. What the files contain is decided by the callers.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import duckdb

from revenue_assets.contract.quoting import literal
from revenue_assets.lake.engine import duckdb_session
from revenue_assets.lake.faults import faults_of_the_machine
from revenue_assets.lake.left_overs import is_left_over, writer
from revenue_assets.settings import get_settings

Zone = Literal["raw", "staged", "reconciled", "quarantine"]
_WRITING = ".writing"


@dataclass(frozen=True)
class Lake:
    """The zones below one folder."""

    root: Path

    @classmethod
    def from_settings(cls) -> "Lake":
        """The lake of this installation (LAKE_URL)."""
        return cls(get_settings().lake_dir)

    def month_file(self, zone: Zone, dataset: str, month: str, source: str) -> Path:
        """The file of one source and month (`undated` stands for rows without a usable time, in quarantine)."""
        return self.root / zone / dataset / f"month={month}" / f"{source}.parquet"

    def snapshot_file(self, zone: Zone, dataset: str, source: str) -> Path:
        """The file of a dataset that is kept whole."""
        return self.root / zone / dataset / f"{source}.parquet"

    def months(self, zone: Zone, dataset: str, source: str) -> list[str]:
        """The months that this source has in this dataset, in order."""
        folders = (self.root / zone / dataset).glob(f"month=*/{source}.parquet")
        names = (folder.parent.name.removeprefix("month=") for folder in folders)
        return sorted(name for name in names if re.fullmatch(r"\d{4}-\d{2}", name))

    def files_of(self, source: str) -> list[Path]:
        """All files of a source, whatever zone and dataset; also what a killed writer left of them."""
        name = f"{source}.parquet"
        found = (file for zone in get_args(Zone) for file in (self.root / zone).rglob("*"))
        return sorted(file for file in found if (file.name == name or _is_unfinished(file, name)) and file.is_file())

    def sweep(self) -> None:
        """Remove what killed writers left; nobody reads it, but it takes room."""
        for zone in get_args(Zone):
            for file in (self.root / zone).rglob(f".*{_WRITING}"):
                if is_left_over(file, file.name.partition(".parquet.")[2]):
                    with contextlib.suppress(FileNotFoundError):
                        file.unlink()


def _is_unfinished(file: Path, name: str) -> bool:
    return file.name.startswith(f".{name}.") and file.name.endswith(_WRITING)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside `target` to write to; when the block ends well, it takes the target's place at once.

    On an error or a kill, the old file stays; what a killed run left is ignored by every reader, because it does not
    end in `.parquet`, and swept by the next one. Raise DiskFullError when there is no room for the new one.
    """
    with faults_of_the_machine(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{writer()}{_WRITING}")
        try:
            yield beside
            with beside.open("rb") as written:
                os.fsync(written.fileno())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


def is_readable(file: Path) -> bool:
    """Whether the footer of a Parquet file can be read, which tells of a file that was cut off or overwritten."""
    with duckdb_session() as session:
        try:
            session.execute(f"from parquet_file_metadata({literal(str(file))})").fetchall()
        except duckdb.Error:
            return False
    return True
