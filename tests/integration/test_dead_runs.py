"""A run whose process is gone without a word is marked as failed; one that works, has ended or never said so is not."""

import subprocess
import sys
import time
from collections.abc import Iterator

import dagster as dg
import pytest

from revenue_assets.assets.alive import end_dead_runs
from revenue_assets.warehouse.address import DatabaseAddress
from revenue_assets.warehouse.connection import connect

HOLD = """
import sys
import dagster as dg
from revenue_assets.assets.alive import hold_while_alive
with dg.DagsterInstance.get() as instance:
    for number in sys.argv[1:]:
        hold_while_alive(instance.get_run_by_id(number), instance)
    print("held", flush=True)
    input()
"""
SENTENCE = (
    "The process of the run was killed (no memory was left, or the machine went down): launch the same run again; what "
    "was closed before is still whole."
)
STARTED, FAILURE, SUCCESS = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS


@dg.job
def nothing() -> None:
    """A job of no steps."""


@pytest.fixture
def instance(warehouse: DatabaseAddress) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as instance:
        yield instance


def a_run(instance: dg.DagsterInstance) -> str:
    return instance.create_run_for_job(nothing, status=STARTED).run_id


def process_of(*runs: str) -> subprocess.Popen[bytes]:
    """The process of these runs, one after the other, as soon as it holds the lock of the last."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, *runs], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def after_a_look(instance: dg.DagsterInstance, run: str) -> dg.DagsterRunStatus:
    with connect() as connection:
        end_dead_runs(instance, connection)
    found = instance.get_run_by_id(run)
    assert found
    return found.status


def test_a_run_is_ended_when_its_process_is_gone_and_not_before(instance: dg.DagsterInstance) -> None:
    run = a_run(instance)
    process = process_of(run)
    assert after_a_look(instance, run) is STARTED
    assert after_a_look(instance, run) is STARTED  # looking takes the lock from nobody
    process.kill()
    process.wait()
    until = time.monotonic() + 20  # the server notices it by itself
    while after_a_look(instance, run) is STARTED:
        assert time.monotonic() < until
        time.sleep(0.05)
    (told,) = instance.all_logs(run, of_type=dg.DagsterEventType.RUN_FAILURE)
    assert told.dagster_event
    assert (after_a_look(instance, run), told.dagster_event.message) == (FAILURE, SENTENCE)


def test_a_run_that_has_told_how_it_ended_keeps_its_word(instance: dg.DagsterInstance) -> None:
    ended, working = a_run(instance), a_run(instance)
    process = process_of(ended, working)
    instance.handle_run_event(ended, dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "nothing"))
    assert after_a_look(instance, ended) is SUCCESS
    assert after_a_look(instance, working) is STARTED
    process.kill()
    process.wait()


def test_a_run_that_never_held_a_lock_is_left_alone(instance: dg.DagsterInstance) -> None:
    """Such as one of a job that changes no data."""
    assert after_a_look(instance, a_run(instance)) is STARTED
