"""Tells runs that work or wait from those whose process is gone without a word.

The code server marks a run as failed when its process dies. When both are gone, as after a power failure, nobody does:
Dagster would take the run for running for ever, which keeps a place in the queue, and its months would not be asked for
again. So a run that was launched holds a lock in PostgreSQL, on whatever machine, for as long as its process lives.
"""

from contextlib import ExitStack, suppress

import dagster as dg
import psycopg

from revenue_assets.errors import RevenueError
from revenue_assets.warehouse.connection import connect

KILLED = (
    "The process of the run was killed (no memory was left, or the machine went down): launch the same run again; what "
    "was closed before is still whole."
)
_TAG = {"revenue/holds_lock": "yes"}
_LOCK = 20_260_111  # any constant; beside it the hash of the run's id
_held = ExitStack()


def hold_while_alive(run: dg.DagsterRun, instance: dg.DagsterInstance) -> None:
    """Hold the lock of this run until its process ends or begins another: a run tells its end after its last step."""
    with suppress(RevenueError):  # the connection of a run before, which a server has cut
        _held.close()
    connection = _held.enter_context(connect(autocommit=True))
    connection.execute("select pg_advisory_lock(%s, hashtext(%s))", [_LOCK, run.run_id])
    instance.add_run_tags(run.run_id, _TAG)


def end_dead_runs(instance: dg.DagsterInstance, connection: psycopg.Connection) -> None:
    """Mark as failed the runs that held their lock once and do so no more, and have not told how they ended."""
    for run in instance.get_runs(dg.RunsFilter(tags=_TAG, statuses=[dg.DagsterRunStatus.STARTED])):
        if _is_held(connection, run.run_id):
            continue
        now = instance.get_run_by_id(run.run_id)  # it may have ended between the two questions
        if now and now.status is dg.DagsterRunStatus.STARTED:
            instance.report_run_failed(now, KILLED)


def _is_held(connection: psycopg.Connection, run_id: str) -> bool:
    row = connection.execute("select pg_try_advisory_xact_lock_shared(%s, hashtext(%s))", [_LOCK, run_id]).fetchone()
    return not (row and row[0])
