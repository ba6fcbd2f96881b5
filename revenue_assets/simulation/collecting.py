"""The money on an invoice: attempts, part payments, refunds and disputes, and each line's share of what came in.

Cash pays all lines, tax too, in proportion; the share of a line is the difference of two cumulative shares, each
rounded to the minor unit, in the order of the lines (docs/definitions.md, "Allocation").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.simulation.company import Company
from revenue_assets.simulation.paying import DECLINES

Row = dict[str, Any]
_TO_PAY, _TO_RETRY = timedelta(minutes=30), timedelta(days=3)
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


def collect(
    company: Company,
    invoice_id: str,
    fate: str,
    variant: int,
    finalized_at: datetime,
    due: Decimal,
    declines: Sequence[str],
) -> Collection:
    """Try to collect `due`, tax included; the fate says how it ends, `declines` which tries fail before a success."""
    none = Decimal(0)
    if not due:
        return Collection([], [], [], none, none)
    if fate in _UNCOLLECTED:
        tries = {"C1": 3, "C2": variant % 2, "retry_running": 2, "card_gone": 2}.get(fate, 0)
        failed = [_attempt(company, invoice_id, n + 1, finalized_at, due, "failed") for n in range(tries)]
        if fate == "retry_running":  # overdue, but the last try is young enough for another one to come
            failed[-1]["attempted_at"] = company.profile.as_of - timedelta(days=4)
        if fate == "card_gone":  # the newest try of the account
            failed[-1] |= {"attempted_at": company.profile.as_of - timedelta(seconds=1), "decline_code": "expired_card"}
        return Collection(failed, [], [], none, none)
    minor_unit = company.organization.minor_unit
    if fate == "C6":
        part = round_to_minor(due * Decimal("0.6"), minor_unit)
        return Collection([_attempt(company, invoice_id, 1, finalized_at, part, "succeeded")], [], [], part, none)
    if fate == "forbidden_retries":
        refused = [_attempt(company, invoice_id, n + 1, finalized_at, due, "failed") for n in range(2 + variant % 2)]
        refused = [one | {"decline_code": "stolen_card"} for one in refused]
        again = [one | {"attempt_id": one["attempt_id"] + FORBIDDEN} for one in refused[1:]]
        other = _attempt(company, invoice_id, len(refused) + 1, finalized_at, due, "succeeded")
        other |= {"card_fingerprint": f"{other['card_fingerprint']}_new"}
        return Collection([refused[0], *again, other], [], [], due, none)
    attempts = list(_until_paid(company, invoice_id, finalized_at, due, declines))
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


def _until_paid(
    company: Company, invoice_id: str, finalized_at: datetime, due: Decimal, declines: Sequence[str]
) -> Iterator[Row]:
    """One success; before it the failures for which there is still time to try again."""
    for number, decline in enumerate([*declines, None], start=1):
        attempted_at = finalized_at + _TO_PAY + (number - 1) * _TO_RETRY
        has_failed = decline is not None and attempted_at + _TO_RETRY <= company.profile.as_of
        yield _attempt(company, invoice_id, number, finalized_at, due, "failed" if has_failed else "succeeded") | {
            "decline_code": decline if has_failed else None
        }
        if not has_failed:
            return


def _attempt(
    company: Company, invoice_id: str, number: int, finalized_at: datetime, amount: Decimal, status: str
) -> Row:
    return {
        "attempt_id": f"{invoice_id}_try{number}",
        "invoice_id": invoice_id,
        "attempt_number": number,
        "attempted_at": finalized_at + _TO_PAY + (number - 1) * _TO_RETRY,
        "amount": amount,
        "currency": company.organization.currency,
        "status": status,
        "decline_code": DECLINES[0] if status == "failed" else None,
        "method": "visa",
        "card_fingerprint": f"card_{invoice_id}",
    }
