"""PostgreSQL restarted in the middle of a close: one sentence, no run left running, and a second close mends all."""

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.server import EmbeddedServer
from tests.end_to_end.faults.closing import SCENES, Child, ForkServer, dbt_said, start, start_close
from tests.end_to_end.installation import Installation

SENTENCE = "Error: PostgreSQL went away during the run: start it and close the same months again."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server of its own: nobody else is to notice."""
    folder = tmp_path_factory.mktemp("restarted")
    options = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    server = EmbeddedServer(folder, folder / "server.log", options)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def installation(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Its warehouse is a server that nobody but the test starts again, as one that REVENUE_DATABASE_URL names."""
    address = server.start()
    with psycopg.connect(address.url(), autocommit=True) as administration:
        administration.execute(sql.SQL("create database {}").format(sql.Identifier("restarted")))
    address = DatabaseAddress(address.host, address.port, address.user, address.password, "restarted")
    return Installation(tmp_path_factory.mktemp("home"), address)


def stop(server: EmbeddedServer) -> None:
    """As `pg_ctl stop -m immediate` does."""
    pid = server.status().pid
    assert pid
    os.kill(pid, signal.SIGQUIT)
    while server.status().pid == pid:
        time.sleep(0.02)


def restart(server: EmbeddedServer) -> None:
    """As `pg_ctl restart -m immediate` does."""
    stop(server)
    server.start()


def assert_told(child: Child, installation: Installation) -> None:
    assert child.wait() == 1, child.printed
    lines = [line for line in child.printed.splitlines() if line and not line.startswith("Closing ")]
    assert lines == [SENTENCE]
    assert {status for (status,) in installation.rows("select status from dagster.runs")} == {"FAILURE"}


def test_restarts_while_files_are_published_and_while_dbt_builds(
    installation: Installation, server: EmbeddedServer, revmatch: Installation, fork_server: ForkServer
) -> None:
    lake = installation.home / "lake" / "reconciled"
    child = start_close(fork_server, installation)
    child.wait_until(lambda: (lake / "event_findings").exists())
    restart(server)
    assert_told(child, installation)

    said = dbt_said(installation)
    child = start_close(fork_server, installation)
    child.wait_until(lambda: said("OK created sql"))
    restart(server)
    assert_told(child, installation)

    # All of it: the summary at the end reads marts that the closes before never came to.
    child = start(fork_server, installation, f"{SCENES}:command", "close", "--source", "revmatch")
    assert child.wait() == 0, child.printed
    found, expected = installation.fingerprint(), revmatch.fingerprint()
    assert {"raw.invoices", "lake.period_usage", "intermediate.int_rated_items", "marts.revmatch_leaks"} <= set(found)
    assert {name for name in found if found[name] != expected[name]} == set()


def test_a_server_that_stays_away_is_the_same_sentence(
    installation: Installation, server: EmbeddedServer, fork_server: ForkServer
) -> None:
    """Who only begins is told which server it is, and the next close marks the run that could not say how it ended."""
    raw = installation.home / "lake" / "raw" / "accounts" / "revmatch.parquet"
    before = raw.stat().st_mtime_ns
    child = start_close(fork_server, installation)
    child.wait_until(lambda: raw.stat().st_mtime_ns != before)
    stop(server)
    assert child.wait() == 1
    lines = [line for line in child.printed.splitlines() if line and not line.startswith("Closing ")]
    assert lines == [SENTENCE]
    child = start(fork_server, installation, f"{SCENES}:command", "findings", "--source", "revmatch")
    assert child.wait() == 1
    assert f"PostgreSQL at {installation.address.host}:{installation.address.port} does not let us in" in child.printed

    server.start()
    status = "select status from dagster.runs order by create_timestamp desc limit 1"
    assert installation.rows(status) == [("STARTED",)]
    child = start(fork_server, installation, f"{SCENES}:close_lake", "--source", "revmatch")
    assert child.wait() == 0, child.printed
    assert installation.rows(status) == [("SUCCESS",)]
    statuses = {status for (status,) in installation.rows("select status from dagster.runs")}
    assert statuses == {"SUCCESS", "FAILURE"}
