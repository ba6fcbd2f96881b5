"""Prepaid balance: what of each invoice it pays, from which grant, and which of it no grant covers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from revenue_assets.rating.grants import Grant, draw_down
from revenue_assets.rating.rater import round_to_minor
from revenue_assets.rating.terms import ZERO
from revenue_assets.simulation.agreements.billing import Bill
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.streams import stream

_TO_APPLY = timedelta(hours=1)


@dataclass(frozen=True)
class Draw:
    """One application of balance; `unjustified` is what of it no grant covers."""

    grant_id: str
    amount: Decimal
    applied_at: datetime
    unjustified: Decimal = ZERO


def draw_balance(agreements: Agreements, bills: Sequence[Bill], seed: int) -> dict[int, list[Draw]]:
    """The draws on each bill, by its position; of accounts without grants there are none."""
    rng = stream(seed, agreements.organization_id, "faults of draws")
    faults: dict[int, str] = {}

    def plant(fault: str, candidates: Sequence[int]) -> None:
        fits = [n for n in candidates if n not in faults and _can_fall(fault, bills[n])]
        for row in rng.permutation(len(fits))[: getattr(agreements, fault).count(len(fits))].tolist():
            faults[fits[row]] = fault

    for fault in ("early_draws", "expired_draws"):
        plant(fault, range(len(bills)))
    # More than is left can only be drawn where little is left: that depends on all draws before.
    paid = _draws_of_all(agreements, bills, faults)
    plant("overdrawn_grants", [n for n in paid if sum((one.amount for one in paid[n]), ZERO) < bills[n].amount])
    return _draws_of_all(agreements, bills, faults)


def _draws_of_all(agreements: Agreements, bills: Sequence[Bill], faults: Mapping[int, str]) -> dict[int, list[Draw]]:
    found: dict[int, list[Draw]] = {}
    for positions in _by_account(bills).values():
        left = list(bills[positions[0]].rated.deal.grants)
        for n in positions:
            draws = list(_draws(agreements, bills[n], left, faults.get(n)))
            taken = {draw.grant_id: draw.amount - draw.unjustified for draw in draws}
            left = [replace(one, amount=one.amount - taken.get(one.grant_id, ZERO)) for one in left]
            found[n] = draws
    return found


def _by_account(bills: Sequence[Bill]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for n, bill in sorted(enumerate(bills), key=lambda one: one[1].issued_at):
        if bill.rated.deal.grants:
            found.setdefault(bill.rated.deal.account_id, []).append(n)
    return found


def _can_fall(fault: str, bill: Bill) -> bool:
    """More than a grant has left can be drawn of any that pays now; who has paid a year ahead needs nothing more."""
    at, grants = bill.issued_at + _TO_APPLY, bill.rated.deal.grants
    if bill.fault or bill.rated.deal.kind != "prepaid" or bill.amount <= 0:
        return False
    if fault == "expired_draws":
        return any(one.expires_at and one.expires_at <= at for one in grants)
    if fault == "early_draws":
        return any(at < one.granted_at for one in grants)
    return any(one.is_usable(at) for one in grants)


def _draws(agreements: Agreements, bill: Bill, left: Sequence[Grant], fault: str | None) -> Iterator[Draw]:
    """The right draws in their order; a wrong one takes a third of the invoice, or the rest that the grants lack."""
    at, minor_unit = bill.issued_at + _TO_APPLY, agreements.minor_unit
    wrong = round_to_minor(bill.amount / 3, minor_unit) if fault in ("expired_draws", "early_draws") else ZERO
    right = draw_down(left, bill.amount - wrong, at)
    short = bill.amount - wrong - sum((amount for _, amount in right), ZERO)
    if fault == "overdrawn_grants" and short > 0:
        last = right[-1][0] if right else next(one for one in left if one.is_usable(at))
        covered = right.pop()[1] if right else ZERO
        yield Draw(last.grant_id, covered + short, at + timedelta(minutes=len(right)), short)
    elif fault == "expired_draws":
        gone = next(one for one in left if one.expires_at and one.expires_at <= at)
        yield Draw(gone.grant_id, wrong, at + timedelta(minutes=len(right)), wrong)
    elif fault == "early_draws":
        to_come = next(one for one in left if at < one.granted_at)
        yield Draw(to_come.grant_id, wrong, at + timedelta(minutes=len(right)), wrong)
    for minutes, (grant, amount) in enumerate(right):
        yield Draw(grant.grant_id, amount, at + timedelta(minutes=minutes))
