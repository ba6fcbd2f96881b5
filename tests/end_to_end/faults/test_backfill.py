"""kill -9 of the daemon in the middle of a backfill: the run goes on, the backfill ends, nothing is done twice."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from revenue_assets.stack import supervisor
from revenue_assets.warehouse import server
from tests.end_to_end.dagster_ui import DagsterUi
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import lake_assets

MONTHS = ["2026-10", "2026-11"]
SECONDS = 600  # for what takes seconds on a machine that has nothing else to do


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "backfilled")


@pytest.fixture(scope="module")
def ui(installation: Installation) -> Iterator[DagsterUi]:
    settings = {
        "REVENUE_SOURCES": "revmatch",
        "REVENUE_UI_PORT": str(server.free_port()),
        "REVENUE_REPORTS_PORT": str(server.free_port()),
    }
    with installation.active(**settings):
        try:
            yield DagsterUi(supervisor.up(print))
        finally:
            supervisor.down(print)


def daemon() -> int | None:
    return next(line.pid for line in supervisor.status().lines if line.service == "daemon")


def test_the_daemon_is_killed(ui: DagsterUi, installation: Installation, revmatch: Installation) -> None:
    """What is written before dbt is enough to be in the middle of."""
    months = [path for path in lake_assets() if path[0] != "raw" or path[-1].endswith("_events")]
    backfill = ui.backfill(months, MONTHS)

    def has_begun() -> bool:
        return [run["status"] for run in ui.backfill_status(backfill)["runs"]] == ["STARTED"]

    ui.wait_for(has_begun, bool, SECONDS)
    killed = daemon()
    assert killed
    os.kill(killed, signal.SIGKILL)
    ui.wait_for(daemon, lambda pid: pid not in (None, killed), SECONDS)
    ended = ui.backfill_ended(backfill, SECONDS)
    assert ended["status"] == "COMPLETED_SUCCESS"
    assert [run["status"] for run in ended["runs"]] == ["SUCCESS"]  # one run, not two
    assert installation.fingerprint() == revmatch.fingerprint()
