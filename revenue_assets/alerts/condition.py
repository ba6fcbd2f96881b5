"""What is wrong now, in the words of the one who found it; what is told to whom, and when, is decided by the book.

A condition knows nothing of channels. The same cause gives the same key on every look, so that it is told once.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What looks for it: one sensor each."""

    LEAK = "leak_over_threshold"
    FAILED_CHECK = "failed_check"
    FAILED_RUN = "failed_run"
    LATE_EVENTS = "late_events"
    PAYMENT_FAILURES = "payment_failure_spike"
    STALE_SOURCE = "stale_source"


class Severity(StrEnum):
    """Whether it can wait until tomorrow."""

    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Condition:
    """Something that is wrong now and that a person should know of.

    `cause` is its key among those of its kind. `level` (in `unit`: a currency, rows, hours) is how bad it is; an alert
    is told again when it has grown. `facts` are lines of (label, text); `top_accounts` are the accounts behind it, the
    worst first, each with its amount as text. `action` says what to do, `link` is the page to begin at.
    """

    kind: Kind
    cause: str
    severity: Severity
    title: str
    level: Decimal
    unit: str
    action: str
    link: str
    organization_id: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    top_accounts: tuple[tuple[str, str], ...] = ()
