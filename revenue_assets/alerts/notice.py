"""A notice: what people are told about an alert at one moment, as it goes through the outbox to every channel."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from revenue_assets.alerts.condition import Condition, Kind, Severity


class Event(StrEnum):
    """What happened to the alert; `test` is a message that only tries the channels."""

    OPENED = "opened"
    ESCALATED = "escalated"
    CLEARED = "cleared"
    TEST = "test"


@dataclass(frozen=True)
class Notice:
    """`condition` is how it is at `at` (when cleared: how it was seen last).

    `level_before` is the level that was told before, when there was one.
    """

    alert_id: str
    event: Event
    at: datetime
    opened_at: datetime
    condition: Condition
    level_before: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """For a jsonb column: numbers as exact texts, instants in ISO 8601."""
        return {
            "alert_id": self.alert_id,
            "event": str(self.event),
            "at": self.at.isoformat(),
            "opened_at": self.opened_at.isoformat(),
            "condition": condition_as_json(self.condition),
            "level_before": None if self.level_before is None else str(self.level_before),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Notice":
        """What `as_json` has written."""
        before = stored["level_before"]
        return cls(
            alert_id=stored["alert_id"],
            event=Event(stored["event"]),
            at=datetime.fromisoformat(stored["at"]),
            opened_at=datetime.fromisoformat(stored["opened_at"]),
            condition=condition_from_json(stored["condition"]),
            level_before=None if before is None else Decimal(before),
        )


def condition_as_json(condition: Condition) -> dict[str, Any]:
    """For a jsonb column: the level as exact text."""
    return asdict(condition) | {"level": str(condition.level)}


def condition_from_json(stored: dict[str, Any]) -> Condition:
    """What `condition_as_json` has written."""
    typed = {
        "kind": Kind(stored["kind"]),
        "severity": Severity(stored["severity"]),
        "level": Decimal(stored["level"]),
        "facts": _pairs(stored["facts"]),
        "top_accounts": _pairs(stored["top_accounts"]),
    }
    return Condition(**(stored | typed))


def _pairs(stored: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in stored)
