"""When an alert that lasts is told again. Nothing here knows of databases or channels."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from revenue_assets.alerts.condition import Condition, Severity
from revenue_assets.alerts.notice import Event

GROWTH = Decimal("1.5")  # half as much again since the last notice; less is no news


@dataclass(frozen=True)
class Told:
    """How an alert was when people were told of it last."""

    level: Decimal
    severity: Severity


def news(condition: Condition, told: Told | None, muted_until: datetime | None, at: datetime) -> Event | None:
    """What is to be told of a condition that is there: that it is new, that it has grown, or nothing.

    Nothing while it is muted. What was never told, because it was muted, is told as new when the mute ends.
    """
    if muted_until is not None and at < muted_until:
        return None
    if told is None:
        return Event.OPENED
    return Event.ESCALATED if has_grown(condition, told) else None


def has_grown(condition: Condition, told: Told) -> bool:
    """Whether it became critical, or its level is at least GROWTH times what was told, and more than that."""
    became_critical = condition.severity is Severity.CRITICAL and told.severity is Severity.WARNING
    return became_critical or (condition.level > told.level and condition.level >= told.level * GROWTH)
