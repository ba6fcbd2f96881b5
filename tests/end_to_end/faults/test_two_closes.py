"""Closes of overlapping ranges, and a source forgotten meanwhile: each waits for the one before, and all end right."""

from collections.abc import Callable

import pytest

from tests.end_to_end.faults.closing import SCENES, ForkServer, start, start_close
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import findings_assets, lake_assets

WAITING = "Another close is running: waiting until it has ended."
WAITERS = "select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = 20260110"


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "at_once")


def test_four_that_want_the_same_months(
    installation: Installation, revmatch: Installation, fork_server: ForkServer
) -> None:
    """First come, first served: a long close, one of its last month, a forgetting, and a close of all months."""

    def waiting(number: int) -> Callable[[], bool]:
        return lambda: installation.rows(WAITERS) == [(number,)]

    def the_lock_is_held() -> bool:
        return installation.rows(WAITERS.replace("not granted", "granted")) == [(1,)]

    lake = f"{SCENES}:close_lake"
    first = start(fork_server, installation, lake, "--source", "revmatch")
    first.wait_until(the_lock_is_held)
    second = start(fork_server, installation, lake, "--source", "revmatch", "--month", "2026-11")
    second.wait_until(waiting(1))
    third = start(fork_server, installation, f"{SCENES}:command", "sources", "forget", "revmatch")
    third.wait_until(waiting(2))
    last = start_close(fork_server, installation)
    last.wait_until(waiting(3))

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
