"""How an alert reads, whatever the channel: its heading, its lines, and texts of others made harmless."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from revenue_assets.alerts.condition import Condition, Kind, Severity
from revenue_assets.alerts.notice import Event, Notice
from revenue_assets.contract.currencies import minor_units
from revenue_assets.findings.formatting import amount_text

_LONGEST_HEADING = 180
_LONGEST_TEXT = 500


def level_text(level: Decimal, unit: str) -> str:
    """A level with its unit: money with the decimals of its currency, all else as it was measured."""
    if unit in minor_units():
        return f"{amount_text(level, minor_units()[unit], ',')} {unit}"
    if unit == "%":
        return f"{level:,f}%"
    return f"{level:,f} {unit.removesuffix('s') if level == 1 else unit}"


def time_text(at: datetime) -> str:
    """An instant to the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def one_line(text: str) -> str:
    """A text of someone else, such as the name of an account, without line breaks and characters that nobody sees.

    They could forge a header of a mail, further lines of a message, or turn around what is read.
    """
    seen = (" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text)
    return " ".join("".join(one for one in seen if unicodedata.category(one) not in ("Cf", "Cs")).split())


def readable(condition: Condition) -> Condition:
    """The condition with every text in one line that is not endless, and a title without the organization beside it."""
    organization = None if condition.organization_id is None else _brief(condition.organization_id)
    return replace(
        condition,
        title=_brief(condition.title).removeprefix(f"{organization}: "),
        unit=_brief(condition.unit),
        action=_brief(condition.action),
        link=one_line(condition.link),
        organization_id=organization,
        facts=tuple((_brief(label), _brief(text)) for label, text in condition.facts),
        top_accounts=tuple((_brief(name), _brief(amount)) for name, amount in condition.top_accounts),
    )


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters; the dots say that there was more."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _brief(text: str) -> str:
    return shortened(one_line(text), _LONGEST_TEXT)


def state_text(notice: Notice) -> str:
    """What the alert is now, in a word or two."""
    if notice.event is Event.CLEARED:
        return "All clear"
    if notice.event is Event.TEST:
        return "Test"
    severity = notice.condition.severity.capitalize()
    return f"{severity}, worse" if notice.event is Event.ESCALATED else severity


def amount(notice: Notice) -> str:
    """How bad it is, or was; empty when the title says so already, or when there is nothing to measure."""
    condition = readable(notice.condition)
    level = level_text(condition.level, condition.unit)
    is_said = level in condition.title and not amount_before(notice)
    return "" if is_said or condition.kind is Kind.FAILED_RUN else level


def amount_before(notice: Notice) -> str:
    """How bad it was when it was told before; empty when that is no news."""
    if notice.event is not Event.ESCALATED or notice.level_before in (None, notice.condition.level):
        return ""
    return level_text(notice.level_before or Decimal(0), one_line(notice.condition.unit))


def amounts(notice: Notice) -> str:
    """How bad it is and was, in one line beside the title."""
    level, before = amount(notice), amount_before(notice)
    parts = [f"was {level}" if notice.event is Event.CLEARED else level] if level else []
    if before:
        parts = [*(part for part in parts if part not in notice.condition.title), f"was {before}"]
    return ", ".join(parts)


def heading(notice: Notice) -> str:
    """One line that says it all: state, organization, title, amount."""
    condition = readable(notice.condition)
    whose = f"{condition.organization_id}: " if condition.organization_id else ""
    text = f"[{state_text(notice)}] {whose}{condition.title}"
    level = f" ({amounts(notice)})" if amounts(notice) else ""
    return f"{shortened(text, _LONGEST_HEADING - len(level))}{level}"


def heading_of(notices: Sequence[Notice]) -> str:
    """The heading of a message: of its notice or, when there are several, how many there are of which."""
    if len(notices) == 1:
        return heading(notices[0])
    told = Counter(notice.event for notice in notices)
    words = ((Event.OPENED, "new"), (Event.ESCALATED, "worse"), (Event.CLEARED, "all clear"))
    counts = [f"{told[event]} {word}" for event, word in words if told[event]]
    return f"[{state_text(by_urgency(notices)[0])}] {len(notices)} alerts: {', '.join(counts)}"


def by_urgency(notices: Sequence[Notice]) -> list[Notice]:
    """What lasts before what is over, critical before warning, then by title."""
    return sorted(
        notices,
        key=lambda notice: (
            notice.event is Event.CLEARED,
            notice.condition.severity is not Severity.CRITICAL,
            notice.condition.title,
        ),
    )


def since_line(notice: Notice) -> str:
    """From when to when, and the alert's name for commands."""
    number = notice.alert_id[:8]
    if notice.event is Event.CLEARED:
        return f"Alert {number}, from {time_text(notice.opened_at)} to {time_text(notice.at)}"
    return f"Alert {number}, since {time_text(notice.opened_at)}"
