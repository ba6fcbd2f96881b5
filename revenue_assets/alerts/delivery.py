"""Takes from the outbox what is due and sends it; what cannot be delivered waits for its last try, in a run.

Every delivery arrives at least once: a process that dies between sending and noting so sends again, with the same id.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from revenue_assets.alerts.destinations import channel_of, spoken
from revenue_assets.alerts.faults import DeliveryError
from revenue_assets.alerts.notice import Notice
from revenue_assets.alerts.retries import TRIES, next_try
from revenue_assets.alerts.sending import TIMEOUT, send
from revenue_assets.alerts.wording import heading

Clock = Callable[[], datetime]
_CLAIM = timedelta(seconds=60)  # nobody else tries meanwhile; longer than the timeout of a message
_BUDGET = timedelta(seconds=30)  # a tick of a sensor has 60, and the last message may take its whole timeout


@dataclass
class Delivered:
    """What a look at the outbox came to; `faults` are sentences about what was not delivered."""

    sent: int = 0
    faults: list[str] = field(default_factory=list)


def deliver_due(
    connection: psycopg.Connection, clock: Clock, log: logging.Logger, seconds: float = TIMEOUT
) -> Delivered:
    """Send what is due, each noted as it comes; the connection is in autocommit mode.

    Messages that another process is sending are left to it. A channel that fails is left alone until the next look,
    so that a server that hangs does not keep the others waiting. `seconds` is the time for one message.
    """
    done = Delivered()
    failing: list[str] = []
    until = clock() + _BUDGET
    while (at := clock()) < until:
        row = _claimed(connection, at, failing)
        if row is None:
            break
        fault = _try(connection, row, at, log, seconds)
        if fault:
            failing.append(channel_of(row["destination"])[0])
            done.faults.append(fault)
        else:
            done.sent += 1
    return done


def request_last_tries(connection: psycopg.Connection) -> list[str]:
    """The keys of runs that are to make the last try of what was tried out; one run for all that came up together."""
    connection.execute(_statement("key_last_tries"), [uuid4().hex])
    found = connection.execute(_statement("last_try_keys")).fetchall()
    return [key for (key,) in found]


def try_last(
    connection: psycopg.Connection, run_key: str, clock: Clock, log: logging.Logger, seconds: float = TIMEOUT
) -> list[str]:
    """Try what this run is for, once more; return a sentence for each that did not arrive, which has failed now."""
    faults = []
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_statement("last_tries"), [run_key]).fetchall()
    for row in rows:
        at = clock()
        error = _send(row, at, log, seconds)
        _end(connection, row, "failed" if error else "delivered", at, error)
        if error:
            faults.append(_sentence(row, error))
    return faults


def _claimed(connection: psycopg.Connection, at: datetime, failing: list[str]) -> dict[str, Any] | None:
    """The next delivery, its try counted before it is made: one that kills its sender is not the first for ever."""
    with connection.cursor(row_factory=dict_row) as cursor:
        parameters = {"at": at, "failing": failing, "claimed_until": at + _CLAIM}
        return cursor.execute(_statement("claim_delivery"), parameters).fetchone()


def _try(
    connection: psycopg.Connection, row: dict[str, Any], at: datetime, log: logging.Logger, seconds: float
) -> str | None:
    if row["tries"] > TRIES:
        error: DeliveryError | None = DeliveryError("whoever sends it comes to an end before.", can_retry=False)
    else:
        error = _send(row, at, log, seconds)
    if error is None:
        _end(connection, row, "delivered", at, None)
        return None
    again = next_try(str(row["delivery_id"]), row["tries"], at, error.retry_after) if error.can_retry else None
    if again is None:
        _end(connection, row, "tried_out", at, error)
    else:
        connection.execute(
            "update app.alert_deliveries set next_try_at = %s, last_error = %s where delivery_id = %s",
            [again, str(error), row["delivery_id"]],
        )
    return _sentence(row, error)


def _send(row: dict[str, Any], at: datetime, log: logging.Logger, seconds: float) -> DeliveryError | None:
    try:
        send(Notice.from_json(row["notice"]), row["destination"], str(row["delivery_id"]), at, log, seconds)
    except DeliveryError as error:
        return error
    return None


def _end(
    connection: psycopg.Connection, row: dict[str, Any], state: str, at: datetime, error: DeliveryError | None
) -> None:
    connection.execute(
        "update app.alert_deliveries set state = %s, ended_at = %s, last_error = %s where delivery_id = %s",
        [state, at, str(error) if error else None, row["delivery_id"]],
    )


def _sentence(row: dict[str, Any], error: DeliveryError) -> str:
    notice = Notice.from_json(row["notice"])
    where = spoken(row["destination"])
    return f"'{heading(notice)}' (alert {notice.alert_id[:8]}) did not reach {where}: {error}"


def _statement(name: str) -> bytes:
    return Path(__file__).with_name(f"{name}.sql").read_bytes()
