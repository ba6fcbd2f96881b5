"""One run at a time changes an installation: the second waits, says so, and goes on when the first has ended."""

import subprocess
import sys
import threading
import time

import psycopg
import pytest

from revenue_assets.assets.lock import one_run_at_a_time
from revenue_assets.errors import WarehouseUnavailableError
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect

HOLD = """
from revenue_assets.assets.lock import one_run_at_a_time
with one_run_at_a_time():
    print("held", flush=True)
    input()
"""


def test_the_second_run_waits_and_says_so(warehouse: DatabaseAddress) -> None:
    order: list[str] = []
    has_waited = threading.Event()

    def say() -> None:
        order.append("second waits")
        has_waited.set()

    def second() -> None:
        with one_run_at_a_time(say):
            order.append("second runs")

    with one_run_at_a_time():
        thread = threading.Thread(target=second)
        thread.start()
        assert has_waited.wait(20)
        time.sleep(0.2)
        order.append("first ends")
    thread.join(20)
    assert order == ["second waits", "first ends", "second runs"]


def test_a_command_holds_it_around_the_run_that_would_take_it(warehouse: DatabaseAddress) -> None:
    def refuse() -> None:
        raise AssertionError("waits for itself")

    with one_run_at_a_time(), one_run_at_a_time(refuse):
        pass
    with one_run_at_a_time(refuse):
        pass


def test_a_killed_run_leaves_no_lock(warehouse: DatabaseAddress) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    process.kill()
    process.wait()
    with one_run_at_a_time():
        pass


def test_a_run_that_fails_frees_it(warehouse: DatabaseAddress) -> None:
    with pytest.raises(ValueError, match="broken"), one_run_at_a_time():
        raise ValueError("broken")
    with connect(autocommit=True) as connection:
        held = connection.execute("select count(*) from pg_locks where locktype = 'advisory' and granted").fetchone()
    assert held == (0,)


def test_a_database_that_goes_away_is_named(warehouse: DatabaseAddress) -> None:
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and application_name = 'revenue'"
    with (
        psycopg.connect(warehouse.url(), autocommit=True) as other,
        pytest.raises(WarehouseUnavailableError, match="close the same months again"),
        one_run_at_a_time(),
    ):
        other.execute(kill, [warehouse.database])
