"""The services as `revenue up`, `status` and `down` handle them, with the real Dagster."""

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from revenue_assets.settings import get_settings
from revenue_assets.stack import services, supervisor
from revenue_assets.stack.environment import dagster_environment
from revenue_assets.stack.probes import StackError
from revenue_assets.stack.supervisor import Line
from revenue_assets.warehouse import server
from revenue_assets.warehouse.address import DatabaseAddress

NAMES = ["postgres", "code-server", "webserver", "daemon"]


def _say(step: str) -> None:
    print(step)


@pytest.fixture
def stack(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation with a free port for the UI; whatever a test leaves running is stopped."""
    monkeypatch.setenv("REVENUE_UI_PORT", str(server.free_port()))
    get_settings.cache_clear()
    yield home
    supervisor.down(_say)


def _states() -> dict[str, Line]:
    return {line.service: line for line in supervisor.status()}


def test_up_serves_the_assets_and_down_leaves_nothing(stack: Path) -> None:
    assert [line.state for line in supervisor.status()] == ["stopped"] * 4

    url = supervisor.up(_say)
    first = _states()
    assert list(first) == NAMES
    assert {line.state for line in first.values()} == {"running"}
    query = json.dumps({"query": "{ assetNodes { id } }"}).encode()
    request = urllib.request.Request(f"{url}/graphql", query, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        assert len(json.load(response)["data"]["assetNodes"]) > 10

    assert supervisor.up(_say) == url  # again: nothing is started twice
    assert {name: line.pid for name, line in _states().items()} == {name: line.pid for name, line in first.items()}

    killed = first["daemon"].pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    while _states()["daemon"].state == "running":  # a kill takes its time when the machine is busy
        time.sleep(0.01)
    supervisor.up(_say)
    assert _states()["daemon"].pid != killed
    assert _states()["webserver"].pid == first["webserver"].pid

    assert supervisor.down(_say)
    assert [line.state for line in supervisor.status()] == ["stopped"] * 4
    assert not supervisor.down(_say)
    assert not list((stack / "run").glob("*.json"))


@pytest.mark.usefixtures("stack")
def test_a_taken_port_is_one_sentence_and_nothing_is_started() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", get_settings().ui_port))
        other.listen()
        with pytest.raises(StackError, match=r"^Port \d+ of 127.0.0.1 .* REVENUE_UI_PORT to another port\.$"):
            supervisor.up(_say)
    assert [line.state for line in supervisor.status()] == ["stopped"] * 4


@pytest.mark.usefixtures("stack")
def test_a_service_that_ends_at_once_is_named_and_the_others_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = services.command

    def broken(name: str, workspace: Path, host: str = "", port: int = 0) -> list[str]:
        return ["false"] if name == services.WEBSERVER else usual(name, workspace, host, port)

    monkeypatch.setattr(services, "command", broken)
    with pytest.raises(StackError, match=r"The webserver has ended: .*webserver\.log"):
        supervisor.up(_say)
    states = _states()
    assert [states[name].state for name in NAMES[1:]] == ["stopped"] * 3


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
