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
READ = {
    "parquet": "read_parquet('{}')",
    "csv": "read_csv('{}', header = true, all_varchar = true)",
    "json": "read_json('{}')",
}
AGAIN = "deliver that file again, it is damaged or was read while it was being written."
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
def delivered(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    """The file of a source that delivers its events in the format of the parameter: the sample's."""
    sample, file = PROJECT_DIR / "sources" / "revmatch", tmp_path / f"usage_events.{request.param}"
    shutil.copytree(sample, tmp_path / "sources" / "damaged", ignore=shutil.ignore_patterns("data"))
    rows = f"from read_csv('{sample}/data/usage_events.csv', all_varchar = true)"
    duckdb.execute(f"copy ({rows}) to '{file}' (format {request.param})")
    select = tmp_path / "sources" / "damaged" / "usage_events.sql"
    head, read_csv, _ = select.read_text().partition("read_csv(")
    assert read_csv
    select.write_text(f"{head}{READ[request.param].format(file)}\n")
    monkeypatch.setenv("REVENUE_SOURCES_DIR", str(tmp_path / "sources"))
    return file


def files_of(lake: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in lake.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("delivered", "damage", "remedy"),
    [
        *(("parquet", damage, AGAIN) for damage in (cut_off, emptied, overwritten, overwritten_inside)),
        *(("json", damage, AGAIN) for damage in (cut_off, overwritten)),
        ("csv", overwritten, AGAIN),
        *((text, emptied, "or deliver the file again if it lacks that column.") for text in ("csv", "json")),
    ],
    indirect=["delivered"],
)
def test_it_is_named_and_nothing_is_written(
    delivered: Path, home: Path, damage: Callable[[bytes], bytes], remedy: str
) -> None:
    assert load_month_datasets(load_source("damaged"), "usage_events", MONTHS).rows_out > 0
    before = files_of(home / "lake")
    assert before
    delivered.write_bytes(damage(delivered.read_bytes()))
    with pytest.raises(SourceError) as raised:
        load_month_datasets(load_source("damaged"), "usage_events", MONTHS)
    said = str(raised.value)
    assert said.startswith("Source damaged, dataset usage_events: ")
    assert said.endswith(remedy)
    assert "\n" not in said
    assert files_of(home / "lake") == before


@pytest.mark.parametrize("delivered", ["csv"], indirect=True)
def test_of_text_that_is_cut_off_the_broken_row_is_set_aside(delivered: Path) -> None:
    """Nothing in the file tells that more was to come: whole rows that lack are told by the volume of the month."""
    content = delivered.read_bytes()
    delivered.write_bytes(content[: content.index(b"\n", len(content) // 2) - 12])
    report = load_month_datasets(load_source("damaged"), "usage_events", MONTHS)
    rows = content[: len(content) // 2].count(b"\n")
    assert (report.rows_in, report.rows_out, report.rows_quarantined) == (rows, rows - 1, 1)
    assert report.reasons == {"occurred_at is not a timestamp": 1}
