"""kill -9 at every step of a close in turn: readers see whole months only, and the next close gives clean tables."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.end_to_end.faults.closing import SCENES, ForkServer, dbt_said, start, start_close
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import lake_assets, writing_assets

MONTHS = ("2026-10", "2026-11")
READ = {
    "findings": "select billing_month, count(*) from marts.revmatch_leaks group by 1",
    "accounts": "select billing_month, count(*) from marts.mart_account_reconciliation group by 1",
    "ladder": "select billing_month, count(*) from intermediate.int_ladder group by 1",
    "usage": "select billing_month, sum(events_reported) from lake.period_usage group by 1",
    "invoice lines": "select date_trunc('month', period_start), sum(units) from raw.invoice_lines group by 1",
}
NOT_DELIVERED = {"engagement_events", "rejected_meter_events", "reported_usage"}
Counts = dict[tuple[str, str], int]


def read_counts(connection: psycopg.Connection) -> Counts:
    return {
        (name, str(month)): int(count)
        for name, query in READ.items()
        for month, count in connection.execute(query.encode()).fetchall()
    }


@contextmanager
def a_reader(installation: Installation) -> Iterator[list[Counts]]:
    """Read again and again while the block goes on."""
    seen: list[Counts] = []
    has_ended = threading.Event()

    def poll() -> None:
        with psycopg.connect(**installation.address.keywords(), autocommit=True) as connection:  # type: ignore[arg-type]
            while not has_ended.is_set():
                seen.append(read_counts(connection))
                time.sleep(0.05)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        yield seen
    finally:
        has_ended.set()
        reader.join()


def counts_of(installation: Installation) -> Counts:
    with psycopg.connect(**installation.address.keywords()) as connection:  # type: ignore[arg-type]
        return read_counts(connection)


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "killed")


def test_kills_at_every_step_in_turn(
    installation: Installation, revmatch: Installation, fork_server: ForkServer, part_of_the_data: Path
) -> None:
    """Another state of the source is closed, so that what is written differs from what was there.

    Each close takes up where the one before was killed: what lies before it is there already.
    """
    steps = [[list(key.path) for key in keys] for keys in writing_assets()]
    of_files = [assets for assets in steps if assets[0] in lake_assets()]
    assert len(of_files) == len(steps) - 2  # dbt and the versions are killed otherwise
    part = {"data_dir": str(part_of_the_data)}
    whole_counts = counts_of(installation)
    killed = []
    with a_reader(installation) as seen:
        for assets in of_files:
            arguments = ("revmatch", part, *MONTHS, assets, 1)
            child = start(fork_server, installation, f"{SCENES}:close_assets_and_die", *arguments)
            if child.wait() == -9:  # with one file in its place and another one beside it
                killed.append(assets[0][-1])
        said = dbt_said(installation)
        child = start_close(fork_server, installation, "--set", f"data_dir={part_of_the_data}")
        child.wait_until(lambda: said("OK created sql incremental"))
        child.kill()
        at_the_end = ("app__finding_versions", "--source", "revmatch", "--set", f"data_dir={part_of_the_data}")
        child = start(fork_server, installation, f"{SCENES}:close_findings_and_die_at", *at_the_end)
        assert child.wait() == -9, child.printed
        part_counts = counts_of(installation)
    assert {assets[0][-1] for assets in of_files} - set(killed) == NOT_DELIVERED

    assert part_counts["findings", "2026-10-01"] != whole_counts["findings", "2026-10-01"]
    assert len(seen) > 10
    for counts in seen:
        for key, count in counts.items():
            assert count in (whole_counts[key], part_counts.get(key)), key

    last = start_close(fork_server, installation)
    assert last.wait() == 0, last.printed
    assert "under 268.20" in last.printed
    assert installation.fingerprint() == revmatch.fingerprint()
    versions = "select finding_id, seen_at, gone_at, ended, finding from app.finding_versions order by 1, 2"
    assert installation.rows(versions) == revmatch.rows(versions)
    statuses = dict(installation.rows("select status, count(*) from dagster.runs group by status"))
    assert statuses["FAILURE"] >= len(killed) + 2
    assert set(statuses) == {"SUCCESS", "FAILURE"}
    assert not list((installation.home / "lake").rglob("*.writing"))
    assert not list((installation.home / "spill").iterdir())
