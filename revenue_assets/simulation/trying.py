"""The rows of single tries to collect: when each is made, with which card, and how the card network answers.

Which of them fail is decided in `paying.py`, what they mean for the money in `collecting.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from revenue_assets.simulation.company import Company
from revenue_assets.simulation.paying import Decline, Failure
from revenue_assets.simulation.streams import stream

Row = dict[str, Any]
_TO_PAY = timedelta(minutes=30)
_VISA = 0.65  # share of the customers; the others have a Mastercard


@dataclass(frozen=True)
class Card:
    """What a customer pays with."""

    method: str
    fingerprint: str

    def replaced(self) -> "Card":
        """The one that the customer gives after it was refused."""
        return replace(self, fingerprint=f"{self.fingerprint}_new")


@dataclass(frozen=True)
class Bill:
    """What is to be collected: an invoice, the amount that is due and the card that is asked."""

    company: Company
    invoice_id: str
    finalized_at: datetime
    due: Decimal
    card: Card

    def attempt(self, number: int, day: int, decline: Decline | None = None, amount: Decimal | None = None) -> Row:
        """One try so many days after the first; it fails with `decline`."""
        network_status = "declined_by_network" if decline else "approved_by_network"
        return {
            "attempt_id": f"{self.invoice_id}_try{number}",
            "invoice_id": self.invoice_id,
            "attempt_number": number,
            "attempted_at": self.finalized_at + _TO_PAY + timedelta(days=day),
            "amount": self.due if amount is None else amount,
            "currency": self.company.organization.currency,
            "status": "failed" if decline else "succeeded",
            "decline_code": decline.code if decline else None,
            "network_status": "not_sent_to_network" if decline and decline.is_held else network_status,
            "method": self.card.method,
            "card_fingerprint": self.card.fingerprint,
        }

    def in_vain(self, declines: Sequence[Decline]) -> list[Row]:
        """Tries that all fail."""
        return [self.attempt(number, one.day, one) for number, one in enumerate(declines, start=1)]

    def until_paid(self, failure: Failure | None) -> Iterator[Row]:
        """One success; before it the failures for which there is still time to try again."""
        declines = failure.declines if failure else ()
        days = [*(one.day for one in declines), failure.paid_on if failure else 0]
        in_time = [decline for decline, day in zip(declines, days[1:], strict=True) if self._is_over(day)]
        yield from self.in_vain(in_time)
        needs_new_card = failure is not None and failure.needs_new_card and bool(in_time)
        paid = replace(self, card=self.card.replaced()) if needs_new_card else self
        yield paid.attempt(len(in_time) + 1, days[len(in_time)])

    def _is_over(self, day: int) -> bool:
        return self.finalized_at + _TO_PAY + timedelta(days=day) <= self.company.profile.as_of


def card_of(company: Company, account: int, seed: int) -> Card:
    """The card of an account."""
    account_id = company.accounts[account].account_id
    rng = stream(seed, company.organization.organization_id, "card", account_id)
    return Card("visa" if rng.random() < _VISA else "mastercard", f"card_{account_id}")
