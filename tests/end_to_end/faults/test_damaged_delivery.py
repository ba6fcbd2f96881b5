"""A file of a source that is damaged, or read while it is written: named, and nothing of its dataset is written."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from revenue_assets.contract.load import load_month_datasets
from revenue_assets.contract.source import load_source
from revenue_assets.errors import SourceError
from revenue_assets.settings import PROJECT_DIR

MONTHS = ("2026-10", "2026-11")
NOISE = random.Random(20261121)


def cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def emptied(content: bytes) -> bytes:
    return b""


def overwritten(content: bytes) -> bytes:
    return NOISE.randbytes(len(content))


def overwritten_inside(content: bytes) -> bytes:
    """Only the data: the footer is whole, so that the file looks well until its rows are read."""
    footer = int.from_bytes(content[-8:-4], "little") + 8
    return content[:4] + NOISE.randbytes(len(content) - footer - 4) + content[-footer:]


@pytest.fixture
def delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    """The file of a source that delivers its events as Parquet: the sample's."""
    sample, file = PROJECT_DIR / "sources" / "revmatch", tmp_path / "usage_events.parquet"
    shutil.copytree(sample, tmp_path / "sources" / "damaged", ignore=shutil.ignore_patterns("data"))
    duckdb.execute(f"copy (from read_csv('{sample}/data/usage_events.csv', all_varchar = true)) to '{file}'")
    select = tmp_path / "sources" / "damaged" / "usage_events.sql"
    head, read_csv, _ = select.read_text().partition("read_csv(")
    assert read_csv
    select.write_text(f"{head}read_parquet('{file}')\n")
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    return file


def files_of(lake: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in lake.rglob("*") if file.is_file()}


@pytest.mark.parametrize("damage", [cut_off, emptied, overwritten, overwritten_inside])
def test_it_is_named_and_nothing_is_written(delivered: Path, home: Path, damage: Callable[[bytes], bytes]) -> None:
    assert load_month_datasets(load_source("damaged"), "usage_events", MONTHS).rows_out > 0
    before = files_of(home / "lake")
    assert before
    delivered.write_bytes(damage(delivered.read_bytes()))
    with pytest.raises(SourceError) as raised:
        load_month_datasets(load_source("damaged"), "usage_events", MONTHS)
    said = str(raised.value)
    assert said.startswith("Source damaged, dataset usage_events: ")
    assert said.endswith("deliver that file again, it is damaged or was read while it was being written.")
    assert "\n" not in said
    assert files_of(home / "lake") == before
