"""The money on an invoice: attempts, part payments, refunds and disputes, and each line's share of what came in.

Cash pays all lines, tax too, in proportion; the share of a line is the difference of two cumulative shares, each
rounded to the minor unit, in the order of the lines (docs/definitions.md, "Allocation").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.paying import Decline, Failure
from revenue_assets.simulation.trying import Bill

Row = dict[str, Any]
_NO_FUNDS = (Decline(0, "insufficient_funds"), Decline(3, "insufficient_funds"))
_UNCOLLECTED = {"C1", "C2", "C3", "C7", "not_yet_due", "retry_running", "card_gone"}
FORBIDDEN = "_forbidden"
"""Ends the id of a try that a card network forbids."""


@dataclass(frozen=True)
class Collection:
    """Rows of payment_attempts, refunds and disputes, what was kept and what went back for no good reason."""

    attempts: list[Row]
    refunds: list[Row]
    disputes: list[Row]
    kept: Decimal
    returned: Decimal


def collect(bill: Bill, fate: str, variant: int, failure: Failure | None) -> Collection:
    """Try to collect what is due, tax included; the fate says how it ends, `failure` which tries fail before."""
    none, due, company, invoice_id = Decimal(0), bill.due, bill.company, bill.invoice_id
    if not due:
        return Collection([], [], [], none, none)
    if fate in _UNCOLLECTED:
        failed = bill.in_vain(_declines(fate, variant, failure))
        if fate == "retry_running":  # overdue, but the last try is young enough for another one to come
            failed[-1]["attempted_at"] = company.profile.as_of - timedelta(days=4)
        if fate == "card_gone":  # the newest try of the account
            failed[-1] |= {"attempted_at": company.profile.as_of - timedelta(seconds=1), "decline_code": "expired_card"}
        return Collection(failed, [], [], none, none)
    minor_unit = company.organization.minor_unit
    if fate == "C6":
        part = round_to_minor(due * Decimal("0.6"), minor_unit)
        return Collection([bill.attempt(1, 0, amount=part)], [], [], part, none)
    if fate == "forbidden_retries":
        stolen = [Decline(3 * number, "stolen_card") for number in range(2 + variant % 2)]
        first, *again = bill.in_vain(stolen)
        again = [one | {"attempt_id": one["attempt_id"] + FORBIDDEN} for one in again]
        other = replace(bill, card=bill.card.replaced()).attempt(len(stolen) + 1, 3 * len(stolen))
        return Collection([first, *again, other], [], [], due, none)
    attempts = list(bill.until_paid(failure))
    if fate not in ("C5", "justified_refund"):
        return Collection(attempts, [], [], due, none)
    back = due if variant % 2 else round_to_minor(due * Decimal("0.3"), minor_unit)
    paid, currency = attempts[-1], company.organization.currency
    at = paid["attempted_at"] + timedelta(days=5)
    money = {"attempt_id": paid["attempt_id"], "amount": back, "currency": currency, "created_at": at}
    if fate == "C5" and variant % 3 == 1:
        closed = {"dispute_id": f"dp_{invoice_id}", "status": "lost", "closed_at": at + timedelta(days=20)}
        return Collection(attempts, [], [closed | money], due - back, back)
    reason = "outage in the period" if fate == "justified_refund" else None
    refund = {"refund_id": f"re_{invoice_id}", "invoice_id": invoice_id, "reason": reason}
    return Collection(attempts, [refund | money], [], due - back, back if fate == "C5" else none)


def shares(total: Decimal, amounts: Sequence[Decimal], minor_unit: int) -> list[Decimal]:
    """What each line gets of the total, in proportion to the amounts and exact in sum."""
    whole, so_far, before, found = sum(amounts, Decimal(0)), Decimal(0), Decimal(0), []
    for amount in amounts:
        so_far += amount
        share = round_to_minor(total * so_far / whole, minor_unit) if whole else Decimal(0)
        found.append(share - before)
        before = share
    found[-1] += total - before
    return found


def _declines(fate: str, variant: int, failure: Failure | None) -> Sequence[Decline]:
    """The tries that fail on an invoice that is not paid."""
    declines = failure.declines if failure else _NO_FUNDS
    if fate == "C1":
        return declines
    if fate == "C2":
        return declines[: variant % 2]
    return _NO_FUNDS if fate in ("retry_running", "card_gone") else ()
