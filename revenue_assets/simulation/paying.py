"""Which tries to collect a payment fail before one succeeds, known before there is an invoice.

A payment is named by its subscription, its period and the first line of its invoice, so that a customer can leave
because of it (`churn.py`) without changing it.
"""

from collections.abc import Iterator
from datetime import datetime

from revenue_assets.simulation.periods import Period
from revenue_assets.simulation.profile import Organization, Profile
from revenue_assets.simulation.streams import stream

DECLINES = ("insufficient_funds", "do_not_honor", "processing_error")
_MOST_FAILURES = 2


def declines_of(
    profile: Profile, organization: Organization, subscription_id: str, period_start: datetime, kind: str, seed: int
) -> list[str]:
    """The decline codes of the tries that fail first; `kind` is that of the first line of the invoice."""
    rng = stream(seed, organization.organization_id, "payment", subscription_id, period_start.isoformat(), kind)
    declines: list[str] = []
    while len(declines) < _MOST_FAILURES and rng.random() < profile.failed_payments:
        declines.append(DECLINES[int(rng.integers(len(DECLINES)))])
    return declines


def usual_payments(organization: Organization, period: Period) -> Iterator[tuple[str, datetime]]:
    """The kinds of the payments of a period, and when each is asked for: up to a day later."""
    if organization.bill_in == "advance":
        yield "recurring", period.start
        yield "usage", period.end
    else:
        yield "recurring", period.end
