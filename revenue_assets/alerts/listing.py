"""What people ask of the book and what they tell it: which alerts there are, and which they know of already."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import psycopg
from psycopg.rows import class_row

from revenue_assets.alerts.book import has_alert_tables, note
from revenue_assets.alerts.condition import Kind
from revenue_assets.alerts.statements import statement
from revenue_assets.errors import RevenueError

_SHORTEST_NAME = 4


class UnknownAlertError(RevenueError):
    """A person named an alert that is not there, or not one alone."""


@dataclass(frozen=True)
class ListedAlert:
    """One alert as it was seen last; `reached`, `waiting` and `failed` are destinations, by their last notice."""

    alert_id: str
    kind: str
    cause: str
    severity: str
    organization_id: str | None
    title: str
    level: Decimal
    unit: str
    opened_at: datetime
    cleared_at: datetime | None
    muted_until: datetime | None
    reached: list[str]
    waiting: list[str]
    failed: list[str]
    link: str


def listed(connection: psycopg.Connection, at: datetime, *, also_cleared: bool = False) -> list[ListedAlert]:
    """The alerts that last, or all there ever were, the newest first."""
    if not has_alert_tables(connection):
        return []
    with connection.cursor(row_factory=class_row(ListedAlert)) as cursor:
        return cursor.execute(statement("listed_alerts"), {"at": at, "also_cleared": also_cleared}).fetchall()


def mute(connection: psycopg.Connection, name: str, until: datetime | None, at: datetime) -> ListedAlert:
    """Tell nothing of an alert's cause until then, also when it goes and comes back; None ends the silence.

    `name` is its cause, or at least four characters of its id. The caller commits. Raise UnknownAlertError when no
    alert, or more than one that lasts, is called so.
    """
    alert = _named(connection, name, at)
    connection.execute(
        "update app.alerts set muted_until = %s where kind = %s and cause = %s", [until, alert.kind, alert.cause]
    )
    return alert


def clear(connection: psycopg.Connection, name: str, at: datetime) -> ListedAlert:
    """End an alert by hand and tell so; what looks for it opens a new one if it is still there. As for `mute`."""
    alert = _named(connection, name, at)
    note(connection, Kind(alert.kind), [], at, scope=[alert.cause])
    return alert


def _named(connection: psycopg.Connection, name: str, at: datetime) -> ListedAlert:
    alerts = listed(connection, at)
    is_long = len(name) >= _SHORTEST_NAME
    found = [alert for alert in alerts if alert.cause == name or (is_long and alert.alert_id.startswith(name.lower()))]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(alert.alert_id[:8] for alert in found)
        raise UnknownAlertError(f"'{name}' may be any of {names}: name one of them.")
    raise UnknownAlertError(f"No alert that lasts is called '{name}': `revenue alerts` lists them.")
