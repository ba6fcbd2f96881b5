"""Which prepaid balance pays how much: the order in which credit grants are drawn down.

One account and one currency at a time. What an invoice asks for, and what was drawn in fact, is decided elsewhere;
the order and its reason: docs/definitions.md, "Credit grants".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext

_DIGITS = 60  # a balance of 38 digits must not lose one
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Grant:
    """A grant of credit and what is left of it; `priority` 1 pays before 2, and both before none."""

    grant_id: str
    amount: Decimal
    granted_at: datetime
    expires_at: datetime | None = None
    priority: int | None = None

    def is_usable(self, at: datetime) -> bool:
        """Whether it was granted and has not expired; at the instant of its expiry it has."""
        return self.granted_at <= at and (self.expires_at is None or at < self.expires_at)


def draw_down(grants: Iterable[Grant], amount: Decimal, at: datetime) -> list[tuple[Grant, Decimal]]:
    """Pay the amount from the grants usable at this instant: which pays how much, in the order they are drawn.

    The sum is the amount or, if they hold less, all that they hold; an amount that is not positive draws nothing.
    """
    drawn: list[tuple[Grant, Decimal]] = []
    with localcontext(prec=_DIGITS):
        for grant in sorted((grant for grant in grants if grant.is_usable(at)), key=_turn):
            share = min(grant.amount, amount)
            if share > 0:
                drawn.append((grant, share))
                amount -= share
    return drawn


def _turn(grant: Grant) -> tuple[bool, int, datetime, datetime, str]:
    return (
        grant.priority is None,
        grant.priority or 0,
        grant.expires_at or _NEVER,
        grant.granted_at,
        grant.grant_id,
    )
