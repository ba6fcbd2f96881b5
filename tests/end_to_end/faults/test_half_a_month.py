"""A source that delivers half a month, and the rest later: what is reported follows as_of, nothing is doubled or lost.

Once the source says until when it has told everything (the truth), once it claims more than it delivers.
"""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from revenue_assets.settings import PROJECT_DIR
from tests.end_to_end.faults.closing import SCENES, ForkServer, start, start_close
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import findings_assets, lake_assets

HALF = "2026-11-05"  # what is later is not delivered at first
FILES = ("usage_events.csv", "billing_records.csv")
VERSIONS = "select finding_id, seen_at, gone_at, ended, finding from app.finding_versions order by 1, 2"


@pytest.fixture(scope="module")
def half_of_the_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's files as they are when the machine that writes them stopped in the middle of the month."""
    folder = tmp_path_factory.mktemp("half")
    for name in FILES:
        with (PROJECT_DIR / "sources" / "revmatch" / "data" / name).open(newline="") as file:
            rows = list(csv.reader(file))
        column = next(number for number, title in enumerate(rows[0]) if "time" in title)
        with (folder / name).open("w", newline="") as target:
            csv.writer(target).writerows([rows[0], *(row for row in rows[1:] if row[column] < HALF)])
    return folder


@pytest.fixture(scope="module")
def until_the_half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sources in which revmatch says that it has told everything until then."""
    folder = tmp_path_factory.mktemp("sources")
    sample = PROJECT_DIR / "sources" / "revmatch"
    shutil.copytree(sample, folder / "revmatch", ignore=shutil.ignore_patterns("data"))
    as_of = folder / "revmatch" / "as_of.sql"
    as_of.write_text(f"select timestamptz '{HALF} 00:00:00+00' as as_of\n")
    return folder


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "half")


def tables(installation: Installation) -> dict[str, str]:
    built = {".".join(asset[-2:]) for asset in findings_assets() if asset not in lake_assets()}
    return {
        name: digest
        for name, digest in installation.fingerprint().items()
        if name in built or name.startswith(("raw.", "lake."))
    }


def test_half_a_month_and_then_the_rest(
    installation: Installation,
    revmatch: Installation,
    fork_server: ForkServer,
    half_of_the_data: Path,
    until_the_half: Path,
) -> None:
    forgetting = start(fork_server, installation, f"{SCENES}:command", "sources", "forget", "revmatch")
    assert forgetting.wait() == 0, forgetting.printed
    half = ("--set", f"data_dir={half_of_the_data}")

    first = start_close(fork_server, installation, *half, REVENUE_SOURCES_DIR=str(until_the_half))
    assert first.wait() == 0, first.printed
    assert "2026-10 to 2026-11" in first.printed
    seen_at = {str(row[0]) for row in installation.rows("select distinct seen_at from app.finding_versions")}
    assert seen_at == {f"{HALF} 00:00:00+00:00"}
    known = {row[0] for row in installation.rows(VERSIONS)}
    of_october = "select finding_id from marts.revmatch_leaks where billing_month = '2026-10-01'"
    finished = {row[0] for row in revmatch.rows(of_october)}
    assert finished
    assert finished <= known  # October was whole: the same findings, under the same ids

    last = start_close(fork_server, installation)
    assert last.wait() == 0, last.printed
    found, expected = tables(installation), tables(revmatch)
    assert "marts.revmatch_leaks" in found
    assert {name for name in expected if found[name] != expected[name]} == set()

    reported = {row[0] for row in revmatch.rows("select finding_id from marts.revmatch_leaks")}
    for finding, _seen, gone, ended, _row in installation.rows(VERSIONS):
        if gone is None:
            assert finding in reported
        elif finding in reported:
            assert ended == "changed", finding  # nobody resolved what is still there
    standing = [row[0] for row in installation.rows(VERSIONS) if row[2] is None]
    assert sorted(standing) == sorted(reported)  # each once
