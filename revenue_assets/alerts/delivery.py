"""Takes from the outbox what is due and sends it; what cannot be delivered waits for its last try, in a run.

Every delivery arrives at least once: a process that dies between sending and noting so sends again, with the same id.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from revenue_assets.alerts.destinations import channel_of
from revenue_assets.alerts.faults import DeliveryError
from revenue_assets.alerts.message import Message
from revenue_assets.alerts.retries import TRIES, next_try
from revenue_assets.alerts.sending import TIMEOUT, send
from revenue_assets.alerts.statements import statement

Clock = Callable[[], datetime]
_CLAIM = timedelta(seconds=60)  # nobody else tries meanwhile; longer than the timeout of a message
_BUDGET = timedelta(seconds=30)  # a tick of a sensor has 60, and the last message may take its whole timeout


@dataclass
class Delivered:
    """What a look at the outbox came to: messages sent, and sentences about those that were not."""

    sent: int = 0
    faults: list[str] = field(default_factory=list)


def deliver_due(
    connection: psycopg.Connection, clock: Clock, log: logging.Logger, seconds: float = TIMEOUT
) -> Delivered:
    """Send what is due, each noted as it comes; the connection is in autocommit mode.

    Messages that another process is sending are left to it. A channel that may get better is left alone until the next
    look, so that a server that hangs does not keep the others waiting; where it cannot, all that is due fails together
    and is one run's. `seconds` is the time for one message.
    """
    done = Delivered()
    failing: list[str] = []
    until = clock() + _BUDGET
    while (at := clock()) < until:
        message = _claimed(connection, at, failing)
        if message is None:
            break
        error = _try(connection, message, at, log, seconds)
        if error is None:
            done.sent += 1
            continue
        done.faults.append(message.fault(error))
        if error.can_retry:
            failing.append(channel_of(message.destination)[0])
    return done


def request_last_tries(connection: psycopg.Connection) -> list[str]:
    """The keys of runs that are to make the last try of what was tried out; one run for all that came up together."""
    connection.execute(statement("key_last_tries"), [uuid4().hex])
    found = connection.execute(statement("last_try_keys")).fetchall()
    return [key for (key,) in found]


def try_last(
    connection: psycopg.Connection, run_key: str, clock: Clock, log: logging.Logger, seconds: float = TIMEOUT
) -> list[str]:
    """Try what this run is for, once more; return a sentence for each that did not arrive, which has failed now.

    What is no longer so is not sent: an alert must not arrive after its all-clear.
    """
    connection.execute(statement("outdate_last_tries"), [run_key])
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement("last_tries"), [run_key]).fetchall()
    faults = []
    for _, together in groupby(rows, lambda row: (row["destination"], row["bundle"] or row["delivery_id"])):
        message, at = Message.of(list(together)), clock()
        error = _send(message, at, log, seconds)
        _end(connection, message, "failed" if error else "delivered", at, error)
        if error:
            faults.append(message.fault(error))
    return faults


def _claimed(connection: psycopg.Connection, at: datetime, failing: list[str]) -> Message | None:
    """The next message, its try counted before it is made: one that kills its sender is not the first for ever."""
    with connection.cursor(row_factory=dict_row) as cursor:
        parameters = {"at": at, "failing": failing, "claimed_until": at + _CLAIM}
        rows = cursor.execute(statement("claim_delivery"), parameters).fetchall()
    return Message.of(rows) if rows else None


def _try(
    connection: psycopg.Connection, message: Message, at: datetime, log: logging.Logger, seconds: float
) -> DeliveryError | None:
    if message.tries > TRIES:
        error: DeliveryError | None = DeliveryError("whoever sends it comes to an end before.", can_retry=False)
    else:
        error = _send(message, at, log, seconds)
    if error is None:
        _end(connection, message, "delivered", at, None)
        return None
    again = next_try(message.message_id, message.tries, at, error.retry_after) if error.can_retry else None
    if again is None:
        _end(connection, message, "tried_out", at, error)
    else:
        connection.execute(
            "update app.alert_deliveries set next_try_at = %s, last_error = %s where delivery_id = any(%s)",
            [again, str(error), message.deliveries],
        )
    return error


def _send(message: Message, at: datetime, log: logging.Logger, seconds: float) -> DeliveryError | None:
    try:
        send(message.notices, message.destination, message.message_id, at, log, seconds)
    except DeliveryError as error:
        return error
    return None


def _end(
    connection: psycopg.Connection, message: Message, state: str, at: datetime, error: DeliveryError | None
) -> None:
    connection.execute(
        "update app.alert_deliveries set state = %s, ended_at = %s, last_error = %s where delivery_id = any(%s)",
        [state, at, str(error) if error else None, message.deliveries],
    )
