"""The book of alerts: what is wrong now is noted here, and the book decides what is told, once per cause.

It writes `app.alerts` and, for every destination, the outbox `app.alert_deliveries`; sending is `delivery.py`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from revenue_assets.alerts.condition import Condition, Kind
from revenue_assets.alerts.destinations import destinations
from revenue_assets.alerts.growth import news
from revenue_assets.alerts.notice import Event, Notice, condition_as_json
from revenue_assets.alerts.open_alerts import OpenAlert, open_alert, open_alerts
from revenue_assets.alerts.statements import statement
from revenue_assets.warehouse.migrations import is_current
from revenue_assets.warehouse.tables import ensure_tables

MOST_SINGLE = 5  # of one look; more of them go to people in one message
_LOCK = 20_260_120  # any constant that no other lock of two numbers uses


def note(
    connection: psycopg.Connection,
    kind: Kind,
    conditions: Iterable[Condition],
    at: datetime,
    scope: Collection[str] | None = None,
) -> list[Notice]:
    """Note what is wrong at `at`; return what people are told of it, which is in the outbox. The caller commits.

    `conditions` are all that are wrong now of this kind or, with `scope`, all among these causes: an alert of the kind
    (of the scope) that has no condition any more is cleared. Callers at the same time wait here for each other, so
    that nothing is told twice. Raise ValueError for a condition of another kind, outside of the scope, or with the
    cause of another one.
    """
    wrong = _by_cause(kind, conditions, scope)
    if not is_current(connection):  # the first alert after an upgrade may be before the first close
        ensure_tables(connection)
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, kind])
        known = open_alerts(connection, kind, scope)
        notices = [
            notice
            for cause, condition in wrong.items()
            if (notice := _note_one(connection, known.get(cause), condition, at))
        ]
        gone = [alert for cause, alert in known.items() if cause not in wrong]
        notices += [notice for alert in gone if (notice := _clear(connection, alert, at))]
        _enqueue(connection, notices)
        return notices


def has_alert_tables(connection: psycopg.Connection) -> bool:
    """Whether this warehouse has a book of alerts; one that was made by an earlier version has none."""
    row = connection.execute("select to_regclass('app.alert_deliveries') is not null").fetchone()
    return bool(row and row[0])


def _by_cause(kind: Kind, conditions: Iterable[Condition], scope: Collection[str] | None) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    for condition in conditions:
        if condition.kind is not kind:
            raise ValueError(f"'{condition.cause}' is of kind {condition.kind}, not {kind}")
        if condition.cause in found:
            raise ValueError(f"the cause '{condition.cause}' was found twice")
        if scope is not None and condition.cause not in scope:
            raise ValueError(f"the cause '{condition.cause}' is outside of the scope")
        found[condition.cause] = condition
    return found


def _note_one(
    connection: psycopg.Connection, alert: OpenAlert | None, condition: Condition, at: datetime
) -> Notice | None:
    if alert is None:
        alert = open_alert(connection, condition, at)
    elif alert.condition != condition:
        connection.execute(
            "update app.alerts set condition = %s, organization_id = %s where alert_id = %s",
            [Jsonb(condition_as_json(condition)), condition.organization_id, alert.alert_id],
        )
    event = news(condition, alert.told, alert.muted_until, at)
    if event is None:
        return None
    before = alert.told.level if alert.told else None
    notice = Notice(alert.alert_id, event, at, alert.opened_at, condition, before)
    connection.execute(
        "update app.alerts set told_at = %s, told_level = %s, told_severity = %s where alert_id = %s",
        [at, condition.level, condition.severity, alert.alert_id],
    )
    return notice


def _clear(connection: psycopg.Connection, alert: OpenAlert, at: datetime) -> Notice | None:
    """End an alert; that it is over is told when it was told that it began."""
    connection.execute("update app.alerts set cleared_at = %s where alert_id = %s", [at, alert.alert_id])
    if alert.told is None:
        return None
    return Notice(alert.alert_id, Event.CLEARED, at, alert.opened_at, alert.condition, alert.told.level)


def _enqueue(connection: psycopg.Connection, notices: Sequence[Notice]) -> None:
    bundle = uuid4() if len(notices) > MOST_SINGLE else None
    for notice in notices:
        parameters = {
            "alert_id": notice.alert_id,
            "notice": Jsonb(notice.as_json()),
            "bundle": bundle,
            "at": notice.at,
            "destinations": _destinations(connection, notice),
        }
        connection.execute(statement("enqueue"), parameters)


def _destinations(connection: psycopg.Connection, notice: Notice) -> list[str]:
    """All that there are; for an all-clear those where the alert was told."""
    if notice.event is not Event.CLEARED:
        return destinations()
    told = connection.execute(statement("told_destinations"), [notice.alert_id]).fetchall()
    return [name for (name,) in told if name in destinations()]
