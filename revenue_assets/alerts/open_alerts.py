"""Alerts that last, as rows of `app.alerts`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.growth import Told
from revenue_assets.alerts.notice import condition_as_json, condition_from_json
from revenue_assets.alerts.statements import statement


@dataclass(frozen=True)
class OpenAlert:
    """`condition` is how it was seen last, `told` how it was told last, if it was."""

    alert_id: str
    opened_at: datetime
    condition: Condition
    told: Told | None
    muted_until: datetime | None


def open_alerts(connection: psycopg.Connection, kind: Kind, scope: Collection[str] | None) -> dict[str, OpenAlert]:
    """Those of a kind, by cause: all, or those whose cause is in the scope."""
    with connection.cursor(row_factory=dict_row) as cursor:
        parameters = {"kind": kind, "scope": None if scope is None else list(scope)}
        return {row["cause"]: _alert(row) for row in cursor.execute(statement("open_alerts"), parameters)}


def open_alert(connection: psycopg.Connection, condition: Condition, at: datetime) -> OpenAlert:
    """Begin an alert, which inherits a mute of its cause; nothing is told by that."""
    with connection.cursor(row_factory=dict_row) as cursor:
        parameters = {
            "kind": condition.kind,
            "cause": condition.cause,
            "organization_id": condition.organization_id,
            "at": at,
            "condition": Jsonb(condition_as_json(condition)),
        }
        row = cursor.execute(statement("open_alert"), parameters).fetchone()
        assert row is not None  # it returns what it inserts
        return _alert(row)


def _alert(row: dict[str, Any]) -> OpenAlert:
    told = None if row["told_at"] is None else Told(row["told_level"], Severity(row["told_severity"]))
    condition = condition_from_json(row["condition"])
    return OpenAlert(str(row["alert_id"]), row["opened_at"], condition, told, row["muted_until"])
