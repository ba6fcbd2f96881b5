"""The services as `revenue up`, `status` and `down` handle them, with the real Dagster."""

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from revenue_assets.cli import app
from revenue_assets.settings import get_settings
from revenue_assets.stack import supervisor
from revenue_assets.stack.environment import dagster_environment
from revenue_assets.stack.probes import StackError
from revenue_assets.stack.reading_logs import latest
from revenue_assets.stack.supervisor import Status
from revenue_assets.stack.watching import Record, State
from revenue_assets.warehouse import server
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect

NAMES = ["supervisor", "postgres", "code-server", "webserver", "daemon", "reports"]


def _say(step: str) -> None:
    print(step)


@pytest.fixture
def stack(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation with a free port for the UI; whatever a test leaves running is stopped."""
    monkeypatch.setenv("REVENUE_UI_PORT", str(server.free_port()))
    monkeypatch.setenv("REVENUE_REPORTS_PORT", str(server.free_port()))
    get_settings.cache_clear()
    yield home
    supervisor.down(_say)


def _lines() -> dict[str, Record]:
    return {line.service: line for line in supervisor.status().lines}


def _kill(lines: dict[str, Record], *names: str) -> None:
    for name in names:
        pid = lines[name].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)


def _wait_until(is_reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not is_reached():
        assert time.monotonic() < end, supervisor.status()
        time.sleep(0.02)


def test_the_stack_from_up_to_down(stack: Path) -> None:
    assert not supervisor.status().is_wanted
    assert {line.state for line in supervisor.status().lines} == {State.STOPPED}

    url = supervisor.up(_say)
    first = _lines()
    assert list(first) == NAMES
    assert supervisor.status().problems == []
    query = json.dumps({"query": "{ assetNodes { id } }"}).encode()
    request = urllib.request.Request(f"{url}/graphql", query, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        assert len(json.load(response)["data"]["assetNodes"]) > 10
    with urllib.request.urlopen(get_settings().reports_url, timeout=60) as response:
        assert b"There are no reports yet" in response.read()

    # A command that needs the database while its server is being started anew starts it itself, or waits.
    _kill(first, "postgres", "reports", "daemon")
    with connect() as connection:
        connection.execute("select 1")
    _wait_until(lambda: all(_lines()[name].restarts == 1 for name in ("reports", "daemon")))
    assert "SIGKILL" in _lines()["reports"].last_error
    assert _lines()["webserver"].pid == first["webserver"].pid

    killed = _lines()
    _kill(killed, "supervisor")
    _wait_until(lambda: supervisor.status().lines[0].state is State.STOPPED)
    left = supervisor.status()
    assert left.is_wanted
    assert left.problems[0] == "supervisor: it was killed; `revenue up` starts it again and takes over what runs."
    assert "webserver: nobody watches it." in left.problems
    _kill(killed, "reports")
    assert supervisor.up(_say) == url
    taken_over = _lines()
    assert supervisor.status().problems == []
    assert taken_over["supervisor"].pid != killed["supervisor"].pid
    assert taken_over["webserver"].pid == first["webserver"].pid
    assert taken_over["reports"].pid != killed["reports"].pid

    services_of_log = {entry["service"] for entry in latest(None, 10_000)}
    assert services_of_log == set(NAMES)
    began = time.monotonic()
    assert supervisor.down(_say)
    assert time.monotonic() - began < 30
    assert {line.state for line in supervisor.status().lines} == {State.STOPPED}
    assert not supervisor.status().is_wanted
    assert not supervisor.down(_say)
    assert latest("supervisor", 1)[0]["message"] == "Stopped."
    assert not [file for file in (stack / "run").glob("*.json") if file.name != "log-positions.json"]


@pytest.mark.parametrize("setting", ["REVENUE_UI_PORT", "REVENUE_REPORTS_PORT"])
@pytest.mark.usefixtures("stack")
def test_a_taken_port_is_one_sentence_and_nothing_is_started(setting: str) -> None:
    port = get_settings().ui_port if setting == "REVENUE_UI_PORT" else get_settings().reports_port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(StackError, match=rf"^Port \d+ of 127.0.0.1 .* {setting} to another port\.$"):
            supervisor.up(_say)
    assert {line.state for line in supervisor.status().lines} == {State.STOPPED}


def test_a_service_that_cannot_start_is_named_and_nothing_is_left(stack: Path) -> None:
    (stack / "logs").mkdir()
    (stack / "logs" / "reports.log").mkdir()  # as a folder that root has left: nothing can be written there
    with pytest.raises(StackError, match=r"^The reports cannot be kept running: .*See `revenue logs reports`\.$"):
        supervisor.up(_say)
    assert {line.state for line in supervisor.status().lines} == {State.STOPPED}


@pytest.mark.usefixtures("home")
def test_the_status_ends_as_monitoring_understands_it(monkeypatch: pytest.MonkeyPatch) -> None:
    well = [Record(name, State.RUNNING, pid=1) for name in NAMES]
    ill = [*well[:-1], Record("reports", State.FAILING, problem="Port 3001 is taken", last_error="Port 3001 is taken")]
    for lines, is_wanted, free, code in (
        (well, True, 1 << 40, 0),
        (ill, True, 1 << 40, 1),
        (well, True, 1 << 20, 1),
        ([Record(name) for name in NAMES], False, 1 << 40, 3),
    ):
        found = Status(lines, is_wanted, free)
        monkeypatch.setattr(supervisor, "status", lambda found=found: found)
        told = CliRunner().invoke(app, ["status", "--format", "json"])
        assert told.exit_code == code
        assert json.loads(told.output)["is_well"] == (code == 0)
        shown = CliRunner().invoke(app, ["status"])
        assert shown.exit_code == code
        assert ("reports: Port 3001 is taken." in shown.output) == (lines is ill)
        assert ("MB are free" in shown.output) == (free == 1 << 20)


def test_dagster_keeps_its_tables_in_a_schema_of_its_own(
    warehouse: DatabaseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in dagster_environment().items():
        monkeypatch.setenv(name, value)
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        assert instance.get_runs_count() == 0
    engine = create_engine(warehouse.url("psycopg"))
    with engine.connect() as connection:
        found = connection.execute(
            text("select distinct schemaname from pg_tables where tablename in ('runs', 'event_logs', 'jobs')")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [("dagster",)]
