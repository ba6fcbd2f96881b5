"""Closes of overlapping ranges, and a source forgotten meanwhile: each waits for the one before, and all end right."""

from collections.abc import Callable

import pytest

from tests.end_to_end.faults.closing import SCENES, WAITING, ForkServer, start, start_close, the_lock_is_held, waiting
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import findings_assets, lake_assets


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "at_once")


def test_four_that_want_the_same_months(
    installation: Installation, revmatch: Installation, fork_server: ForkServer
) -> None:
    """First come, first served: a long close, one of its last month, a forgetting, and a close of all months."""
    lake = f"{SCENES}:close_lake"
    first = start(fork_server, installation, lake, "--source", "revmatch")
    first.wait_until(lambda: the_lock_is_held(installation))
    second = start(fork_server, installation, lake, "--source", "revmatch", "--month", "2026-11")
    second.wait_until(waiting(installation, 1))
    third = start(fork_server, installation, f"{SCENES}:command", "sources", "forget", "revmatch")
    third.wait_until(waiting(installation, 2))
    last = start_close(fork_server, installation)
    last.wait_until(waiting(installation, 3))

    assert [child.wait() for child in (first, second, third, last)] == [0] * 4
    assert WAITING not in first.printed
    assert WAITING in second.printed
    assert "waiting" in third.printed
    assert WAITING in last.printed

    built = {".".join(asset[-2:]) for asset in findings_assets() if asset not in lake_assets()}
    found, expected = installation.fingerprint(), revmatch.fingerprint()
    compared = {name for name in found if name in built or name.startswith(("raw.", "lake."))}
    assert {"raw.invoices", "lake.period_usage", "intermediate.int_rated_items", "marts.revmatch_leaks"} <= compared
    assert {name for name in compared if found[name] != expected[name]} == set()
    versions = "select finding_id, seen_at, gone_at, ended, finding from app.finding_versions order by 1, 2"
    assert installation.rows(versions) == revmatch.rows(versions)
    assert installation.rows("select distinct status from dagster.runs where status <> 'SUCCESS'") == []
