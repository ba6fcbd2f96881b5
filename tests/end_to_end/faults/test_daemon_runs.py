"""Runs of the daemon: it, the process of a run, or all at once are killed; a close is asked for. All end right."""

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from revenue_assets.automation.monthly_close import JOB
from revenue_assets.stack import supervisor
from tests.end_to_end.dagster_ui import DagsterUi
from tests.end_to_end.faults.closing import (
    LOCK,
    SCENES,
    WAITING,
    ForkServer,
    dbt_said,
    start,
    the_lock_is_held,
    waiting,
)
from tests.end_to_end.installation import Installation
from tests.end_to_end.parts import lake_assets

MONTHS = ("2026-10", "2026-11")
SECONDS = 600  # for what takes seconds on a machine that has nothing else to do
KILLED = "The process of the run was killed (no memory was left, or the machine went down): launch the same run again"
VERSIONS = "select finding_id, seen_at, gone_at, ended, finding from app.finding_versions order by 1, 2"


@pytest.fixture(scope="module")
def installation(revmatch: Installation, copy_of: Callable[[Installation, str], Installation]) -> Installation:
    return copy_of(revmatch, "of_the_daemon")


def daemon(service: str = "daemon") -> int | None:
    return next(line.pid for line in supervisor.status().lines if line.service == service)


def process_of(ui: DagsterUi, run: str) -> int:
    told = (re.search(r"Executing steps in process \(pid: (\d+)\)", line) for line in ui.log(run))
    (pid,) = (int(found[1]) for found in told if found)
    return pid


def test_the_daemon_is_killed(ui: DagsterUi, installation: Installation, revmatch: Installation) -> None:
    """What is written before dbt is enough to be in the middle of."""
    months = [path for path in lake_assets() if path[0] != "raw" or path[-1].endswith("_events")]
    backfill = ui.backfill(months, list(MONTHS))

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


def test_a_close_waits_for_a_run(
    ui: DagsterUi,
    installation: Installation,
    revmatch: Installation,
    fork_server: ForkServer,
    another_state: dict[str, Any],
) -> None:
    """The run is held up until the close has been asked for, and closes while the close waits."""
    with psycopg.connect(**installation.address.keywords(), autocommit=True) as holder:  # type: ignore[arg-type]
        holder.execute("select pg_advisory_lock(%s)", [LOCK])
        run = ui.launch(JOB, MONTHS, another_state, lake_assets())
        ui.wait_for(waiting(installation, 1), bool, SECONDS)
        close = start(fork_server, installation, f"{SCENES}:close_lake", "--source", "revmatch")
        close.wait_until(waiting(installation, 2))
    assert ui.ended(run, SECONDS) == "SUCCESS"
    assert close.wait() == 0, close.printed
    assert WAITING in close.printed
    assert "Another run is changing the data; waiting for it." in ui.log(run)
    assert installation.fingerprint() == revmatch.fingerprint()


def test_the_process_of_a_run_is_killed(
    ui: DagsterUi, installation: Installation, revmatch: Installation, another_state: dict[str, Any]
) -> None:
    said = dbt_said(installation)
    run = ui.launch(JOB, MONTHS, another_state)
    ui.wait_for(lambda: said("OK created sql incremental"), bool, SECONDS)
    os.kill(process_of(ui, run), signal.SIGKILL)
    assert ui.ended(run, SECONDS) == "FAILURE"
    assert installation.fingerprint() != revmatch.fingerprint()

    def told() -> list[tuple[str]]:
        return installation.rows("select condition ->> 'facts' from app.alerts where kind = 'failed_run'")

    ((reason,),) = ui.wait_for(told, bool, SECONDS)
    assert KILLED in reason

    assert ui.ended(ui.launch(JOB, MONTHS), SECONDS) == "SUCCESS"
    assert installation.fingerprint() == revmatch.fingerprint()
    assert installation.rows(VERSIONS) == revmatch.rows(VERSIONS)
    assert not list((installation.home / "lake").rglob("*.writing"))
    assert not list((installation.home / "spill").iterdir())


def test_nobody_is_left_to_tell_how_a_run_ended(
    ui: DagsterUi, installation: Installation, revmatch: Installation, another_state: dict[str, Any]
) -> None:
    """As when the machine goes down: the run dies with the code server, which would have noticed."""
    run = ui.launch(JOB, MONTHS, another_state, lake_assets())
    ui.wait_for(lambda: the_lock_is_held(installation), bool, SECONDS)
    server = daemon("code-server")
    assert server
    os.killpg(server, signal.SIGKILL)
    ui.wait_for(lambda: daemon("code-server"), lambda pid: pid not in (None, server), SECONDS)
    supervisor.up(print)
    assert ui.ended(run, SECONDS) == "FAILURE"
    assert KILLED in " ".join(ui.log(run))
    assert ui.ended(ui.launch(JOB, MONTHS, None, lake_assets()), SECONDS) == "SUCCESS"
    assert installation.fingerprint() == revmatch.fingerprint()
