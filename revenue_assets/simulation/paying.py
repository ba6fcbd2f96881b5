"""Which tries to collect a payment fail before one succeeds, known before there is an invoice.

A payment is named by its subscription, its period and the first line of its invoice, so that a customer can leave
because of it (`churn.py`) without changing it. What a decline says decides how it goes on: what may pass is retried,
what needs the customer waits for another card (docs/simulation.md, "Payments that fail").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from revenue_assets.simulation.periods import Period
from revenue_assets.simulation.profile import Organization, Profile
from revenue_assets.simulation.streams import stream

CODES: dict[str, dict[str, float]] = {
    "soft": {
        "insufficient_funds": 0.6,
        "processing_error": 0.15,
        "card_velocity_exceeded": 0.15,
        "try_again_later": 0.1,
    },
    "ambiguous": {"do_not_honor": 0.6, "generic_decline": 0.3, "call_issuer": 0.1},
    "customer_action": {"expired_card": 0.45, "authentication_required": 0.35, "incorrect_cvc": 0.2},
    "hard": {"lost_card": 0.35, "stolen_card": 0.35, "transaction_not_allowed": 0.3},
}
"""The codes of a reason class and how often each is given."""
METHOD_GONE = {"expired_card", "lost_card", "stolen_card"}
HELD_BACK = "highest_risk_level"
_RETRIED_ON = (0, 3, 8, 15)  # days after the first try
_DECLINED_TIMES = (0.6, 0.27, 0.13)  # one, two or three times before it passes
_MOST_DAYS = 14  # until a customer gives another card
_REMINDED, _REMINDED_DAYS = 0.2, (10, 35)  # some pay only after a reminder, so many days later


@dataclass(frozen=True)
class Decline:
    """A try that fails so many days after the first one; `is_held`: the processor never sent it."""

    day: int
    code: str
    is_held: bool = False


@dataclass(frozen=True)
class Failure:
    """A payment whose first try fails: its tries that fail and the day on which one succeeds, if it is not lost."""

    reason_class: str
    declines: tuple[Decline, ...]
    paid_on: int
    needs_new_card: bool
    is_lost: bool


def declines_of(
    profile: Profile, organization: Organization, subscription_id: str, period_start: datetime, kind: str, seed: int
) -> Failure | None:
    """What fails of a payment, None where the first try succeeds; `kind` is that of the first line of the invoice."""
    key = (subscription_id, period_start.isoformat(), kind)
    if stream(seed, organization.organization_id, "payment", *key).random() >= profile.failed_payments:
        return None
    rng, declines = stream(seed, organization.organization_id, "declines", *key), profile.declines
    reason = _one_of(rng, declines.classes or {"soft": 1.0})
    is_lost = rng.random() >= declines.paid_later.get(reason, 1.0)
    return _failure(rng, reason, is_lost, rng.random() < declines.held_back)


def lost_payment(profile: Profile, organization: Organization, invoice_id: str, seed: int) -> Failure:
    """A payment that somebody goes on trying to collect in vain: two tries at least."""
    rng = stream(seed, organization.organization_id, "lost payment", invoice_id)
    classes = {name: weight for name, weight in profile.declines.classes.items() if name != "hard"}
    return _failure(rng, _one_of(rng, classes if any(classes.values()) else {"soft": 1.0}), True, False)


def usual_payments(organization: Organization, period: Period) -> Iterator[tuple[str, datetime]]:
    """The kinds of the payments of a period, and when each is asked for: up to a day later."""
    if organization.bill_in == "advance":
        yield "recurring", period.start
        yield "usage", period.end
    else:
        yield "recurring", period.end


def _failure(rng: np.random.Generator, reason: str, is_lost: bool, is_held: bool) -> Failure:
    needs_new_card = reason in ("customer_action", "hard")
    if needs_new_card:
        # No network takes a card again that it refused for good; the others are tried once more.
        days: tuple[int, ...] = (0, 3) if is_lost and reason != "hard" else (0,)
        paid_on = days[-1] + int(rng.integers(2, _MOST_DAYS))
        codes = [_one_of(rng, CODES[reason])] * len(days)
    else:
        times = 1 + int(rng.choice(len(_DECLINED_TIMES), p=_DECLINED_TIMES))
        days = _RETRIED_ON if is_lost else _RETRIED_ON[:times]
        paid_on = _RETRIED_ON[times] if not is_lost else _RETRIED_ON[-1] + 7
        codes = [_one_of(rng, CODES[reason]) for _ in days]
    if rng.random() < _REMINDED:
        paid_on += int(rng.integers(*_REMINDED_DAYS))
    declines = [Decline(day, code) for day, code in zip(days, codes, strict=True)]
    if is_held and len(days) + (not is_lost) > 1:  # a single try in vain stays one
        declines.append(Decline(days[-1] + 1, HELD_BACK, is_held=True))
    return Failure(reason, tuple(declines), paid_on, needs_new_card, is_lost)


def _one_of(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    whole = sum(weights.values())
    return list(weights)[int(rng.choice(len(weights), p=[weight / whole for weight in weights.values()]))]
