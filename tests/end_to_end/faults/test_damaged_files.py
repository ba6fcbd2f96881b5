"""Files of the lake that a power loss or a broken disk has damaged: named, written anew by a close, nothing lost."""

import random
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from typer.testing import CliRunner

from revenue_assets.cli import app
from revenue_assets.errors import CloseError, DamagedFileError
from revenue_assets.lake.files import Lake, Zone
from tests.end_to_end.faults.scenes import close_assets
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import lake_assets

MONTHS = ("2026-10", "2026-11")
NOISE = random.Random(20261121)


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def overwritten(file: Path) -> None:
    file.write_bytes(NOISE.randbytes(file.stat().st_size))


def overwritten_inside(file: Path) -> None:
    """Only the data: the footer is whole, so that the file looks well until its rows are read."""
    content = file.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    file.write_bytes(content[:4] + NOISE.randbytes(len(content) - footer - 4) + content[-footer:])


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "damaged")


def close_lake(installation: Installation, first: str = MONTHS[0], last: str = MONTHS[1]) -> None:
    """A close up to the lake: what dbt builds reads no file."""
    with installation.active():
        close_assets("revmatch", {}, first, last, lake_assets())


def file_of(installation: Installation, zone: Zone, dataset: str, month: str) -> Path:
    return Lake(installation.home / "lake").month_file(zone, dataset, month, "revmatch")


def assert_same_tables(installation: Installation, revmatch: Installation) -> None:
    expected, found = revmatch.fingerprint(), installation.fingerprint()
    assert {name for name in found if found[name] != expected[name]} == set()


def test_closing_again_writes_every_damaged_file_anew(installation: Installation, revmatch: Installation) -> None:
    damages = cycle((cut_off, emptied, overwritten, overwritten_inside))
    files = sorted((installation.home / "lake").rglob("*.parquet"))
    for file, damage in zip(files, damages, strict=False):
        damage(file)
    close_lake(installation)
    assert_same_tables(installation, revmatch)
    assert sorted((installation.home / "lake").rglob("*.parquet")) == files


def test_a_damaged_month_before_is_loaded_again_by_itself(installation: Installation, revmatch: Installation) -> None:
    cut_off(file_of(installation, "raw", "usage_events", "2026-10"))
    emptied(file_of(installation, "raw", "reported_events", "2026-10"))
    overwritten(file_of(installation, "staged", "reported_events", "2026-10"))
    close_lake(installation, "2026-11")
    assert_same_tables(installation, revmatch)


def test_what_only_reading_shows_is_named_with_what_to_do(installation: Installation, revmatch: Installation) -> None:
    file = file_of(installation, "raw", "usage_events", "2026-10")
    overwritten_inside(file)
    with pytest.raises(CloseError) as raised:
        close_lake(installation, "2026-11")
    assert str(raised.value).startswith(f"The file {file} of the lake is damaged (")
    assert "write it anew with `revenue close --source revmatch --month 2026-10`" in str(raised.value)
    assert "\n" not in str(raised.value)
    close_lake(installation, "2026-10", "2026-10")
    close_lake(installation, "2026-11")
    assert_same_tables(installation, revmatch)


def test_evidence_that_cannot_be_read_is_never_shown_as_none(
    installation: Installation, revmatch: Installation
) -> None:
    ((finding,),) = installation.rows("select finding_id from marts.revmatch_leaks where code = 'U1' limit 1")
    ((month,),) = installation.rows(
        "select to_char(billing_month, 'YYYY-MM') from marts.revmatch_leaks where finding_id = %s", finding
    )
    file = file_of(installation, "reconciled", "event_findings", month)
    cut_off(file)
    with installation.active():
        result = CliRunner().invoke(app, ["evidence", finding])
    assert isinstance(result.exception, DamagedFileError)
    assert f"The file {file} of the lake is damaged (No magic bytes" in str(result.exception)
    assert f"--month {month}" in str(result.exception)
