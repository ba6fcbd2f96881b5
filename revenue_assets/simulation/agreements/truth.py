"""What of the agreements' company leaks, rung by rung and to the minor unit, and what only looks like it.

On every step above the documents the agreement answers what the other items lose; what is left of it is the leak.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from revenue_assets.rating.terms import ZERO
from revenue_assets.simulation.agreements.answers import ANSWERING, answers, in_force, left_after_answers
from revenue_assets.simulation.agreements.billing import CODES, Bill
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.rating import Rated
from revenue_assets.simulation.agreements.wallet import Draw
from revenue_assets.simulation.collecting import shares

Row = dict[str, Any]
RIGHT = {"discount": "right_discount", "minimum_true_up": "right_true_up", "maximum_discount": "right_cap"}


@dataclass(frozen=True)
class Outcome:
    """A period with what became of it; `bill` is None while it is not invoiced, `is_missing` where it should be.

    `is_again` says that it follows a period that is missing too.
    """

    rated: Rated
    bill: Bill | None
    minor_unit: int
    draws: Sequence[Draw] = ()
    is_missing: bool = False
    is_again: bool = False

    @property
    def prepaid(self) -> dict[str, Decimal]:
        """What balance pays of each line's item."""
        return self._shares(sum((draw.amount for draw in self.draws), ZERO))

    @property
    def unjustified(self) -> dict[str, Decimal]:
        """What of it no grant covers."""
        return self._shares(sum((draw.unjustified for draw in self.draws), ZERO))

    def _shares(self, total: Decimal) -> dict[str, Decimal]:
        lines = self.bill.lines if self.bill else []
        if not lines or not total:
            return {}
        parts = shares(total, [amount for _, amount in lines], self.minor_unit)
        return {item: part for (item, _), part in zip(lines, parts, strict=True)}


def key_of(agreements: Agreements, rated: Rated, item: str | None) -> Row:
    """Where a row belongs: its item (None: all of them) in a period."""
    return {
        "organization_id": agreements.organization_id,
        "account_id": rated.deal.account_id,
        "subscription_id": rated.deal.subscription_id,
        "item": item,
        "period_start": rated.period.start,
        "period_end": rated.period.end,
        "billing_month": rated.period.billing_month,
        "currency": agreements.currency,
    }


def leaks_of(agreements: Agreements, outcome: Outcome) -> Iterator[Row]:
    """Every leak of a period."""
    for code, item, amount in _leaks(agreements, outcome):
        units, events = _quantities(outcome.rated, code, item)
        about = {"code": code, "units": units, "events": events, "leak_amount": amount}
        yield key_of(agreements, outcome.rated, item) | about


def _leaks(agreements: Agreements, outcome: Outcome) -> Iterator[tuple[str, str, Decimal]]:
    for code, left, _ in steps_of(agreements, outcome):
        yield from ((code, item, amount) for item, amount in left.items() if amount)
    bill = outcome.bill
    if bill and bill.fault:
        for item in ANSWERING:
            if bill.agreed[item] != bill.charged[item]:
                yield CODES[bill.fault], item, bill.agreed[item] - bill.charged[item]
    yield from (("B8", item, amount) for item, amount in outcome.unjustified.items() if amount)


def steps_of(
    agreements: Agreements, outcome: Outcome
) -> Iterator[tuple[str, Mapping[str, Decimal], Mapping[str, Decimal]]]:
    """Code, what is left of the differences, and the differences of the items, of each step that was answered."""
    rated, minor_unit = outcome.rated, agreements.minor_unit
    terms, nothing = in_force(rated.deal, rated.period, minor_unit), dict.fromkeys(rated.actual, ZERO)
    steps = [("U1", rated.actual, rated.kept), ("U8", rated.kept, rated.metered)]
    if outcome.bill:
        steps += [("unposted", rated.metered, rated.posted), ("R1", rated.posted, rated.priced)]
    elif outcome.is_missing:
        steps.append(("B4" if outcome.is_again else "B1", rated.metered, nothing))
    for code, above, below in steps:
        lost = {item: above[item] - below[item] for item in above}
        before = answers(terms, above, minor_unit)
        # Without an invoice the minimum of nothing is not owed beside that of what was used.
        after = dict.fromkeys(before, ZERO) if below is nothing else answers(terms, below, minor_unit)
        left, _ = left_after_answers(lost, {item: before[item] - after[item] for item in before}, minor_unit)
        yield code, left, lost


def _quantities(rated: Rated, code: str, item: str) -> tuple[Decimal | None, int | None]:
    uses = rated.used.get(item, ())
    chosen = [use for use in uses if (use.is_lost if code == "U1" else use.is_retried)]
    if code not in ("U1", "U8") or not chosen:
        return rated.units.get(item), None
    units = sum((use.units for use in chosen), ZERO)
    return (units if code == "U1" else -units), len(chosen)


def rungs_of(agreements: Agreements, outcome: Outcome, rungs: Sequence[str]) -> Iterator[Row]:
    """The ladder of every item of a period; items of zero on every rung are among them."""
    rated, bill, minor_unit = outcome.rated, outcome.bill, agreements.minor_unit
    terms = in_force(rated.deal, rated.period, minor_unit)
    upper = [
        amounts | answers(terms, amounts, minor_unit)
        for amounts in map(dict, (rated.actual, rated.metered, rated.posted, rated.priced))
    ]
    lines, prepaid = dict(bill.lines if bill else []), outcome.prepaid
    for item in upper[0]:
        entitled, metered, *billed = (amounts[item] for amounts in upper)
        charged = lines.get(item, ZERO)
        cash = charged - prepaid.get(item, ZERO)
        posted = billed if bill else (ZERO, ZERO)
        amounts = (entitled, metered, *posted, charged, charged, charged, cash, cash)
        yield key_of(agreements, rated, item) | dict(zip(rungs, amounts, strict=True))


def decoys_of(agreements: Agreements, outcome: Outcome) -> Iterator[Row]:
    """What looks like a leak and is none: keys without any leak (`item` null: the whole period)."""
    leaking = {item for _, item, _ in _leaks(agreements, outcome)}
    rated, bill, kind = outcome.rated, outcome.bill, outcome.rated.deal.kind

    def clean(name: str, item: str | None) -> Iterator[Row]:
        if item not in leaking and (item is not None or not leaking):
            yield key_of(agreements, rated, item) | {"kind": name}

    for _, left, lost in steps_of(agreements, outcome):
        for item, amount in lost.items():
            if amount and not left.get(item):
                yield from clean("absorbed_by_commitment", item)
    for item in ANSWERING if bill else ():
        if bill and bill.charged[item]:
            yield from clean(RIGHT[item], item)
    for meter in agreements.meters if kind == "minimum" else ():
        if rated.used[meter.meter_id] and not rated.actual[meter.meter_id]:
            yield from clean("allowance_under_a_minimum", meter.meter_id)
    if outcome.draws:
        yield from clean("annual_prepaid" if kind == "prepaid_year" else "right_drawdown", None)
