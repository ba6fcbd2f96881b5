"""What is billed of a period: one invoice with a line per item and one per agreement, some of them wrong.

A bill has one fault at most. Whether a fault can fall on it follows from what a right bill says.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from revenue_assets.rating.terms import ZERO
from revenue_assets.simulation.agreements.answers import (
    ANSWERING,
    DISCOUNT,
    MAXIMUM,
    MINIMUM,
    InForce,
    answers,
    in_force,
)
from revenue_assets.simulation.agreements.deals import Discount
from revenue_assets.simulation.agreements.profile import Agreements
from revenue_assets.simulation.agreements.rating import RECURRING, Rated
from revenue_assets.simulation.profile import GRACE, Profile
from revenue_assets.simulation.streams import stream

_TO_ISSUE, _TO_SETTLE = timedelta(hours=5), timedelta(hours=3)
MISSING = "missing_periods"
_MORE_PERCENT = Decimal(15)


@dataclass(frozen=True)
class Bill:
    """The invoice of a period: what its agreements come to by right, `agreed`, and what it says of them, `charged`."""

    rated: Rated
    terms: InForce
    agreed: dict[str, Decimal]
    charged: dict[str, Decimal]
    fault: str | None = None

    @property
    def issued_at(self) -> datetime:
        """A few hours after the end of the period."""
        return self.rated.period.end + _TO_ISSUE

    @property
    def lines(self) -> list[tuple[str, Decimal]]:
        """Item and amount of every line."""
        used = [(item, self.rated.priced[item]) for item, units in self.rated.units.items() if units]
        charged = [(item, self.charged[item]) for item in ANSWERING if self.charged[item]]
        return [(RECURRING, self.rated.priced[RECURRING]), *used, *charged]

    @property
    def amount(self) -> Decimal:
        """The sum of its lines."""
        return sum((amount for _, amount in self.lines), ZERO)


def draw_bills(agreements: Agreements, profile: Profile, rated: Sequence[Rated], seed: int) -> list[Bill]:
    """The bill of every period that is to be invoiced by now, with the faults of some; `MISSING` ones are not sent."""
    bills = [bill for bill in _right(agreements, rated) if bill.issued_at + _TO_SETTLE <= profile.as_of]
    rng = stream(seed, agreements.organization_id, "faults of bills")

    def is_due(bill: Bill) -> bool:
        return bill.rated.period.end + GRACE <= profile.as_of

    due = [n for n, bill in enumerate(bills) if is_due(bill)]
    for row in rng.permutation(len(due))[: agreements.missing_periods.count(len(due))].tolist():
        bills[due[row]] = replace(bills[due[row]], fault=MISSING)
    small = 20 * Decimal(1).scaleb(-agreements.minor_unit)
    for fault, charge in _FAULTS.items():
        wrong = [(n, charge(agreements, bill)) for n, bill in enumerate(bills) if bill.fault is None and is_due(bill)]
        fits = [(n, item) for n, item in wrong if item and abs(item[1] - bills[n].agreed[item[0]]) > small]
        for row in rng.permutation(len(fits))[: getattr(agreements, fault).count(len(fits))].tolist():
            n, (item, amount) = fits[row]
            bills[n] = replace(bills[n], fault=fault, charged=bills[n].charged | {item: amount})
    return bills


def _right(agreements: Agreements, rated: Sequence[Rated]) -> Iterator[Bill]:
    for one in rated:
        terms = in_force(one.deal, one.period, agreements.minor_unit)
        agreed = answers(terms, one.priced, agreements.minor_unit)
        yield Bill(one, terms, agreed, agreed)


_Charged = tuple[str, Decimal] | None
"""The item on which the fault falls and what the bill says of it; None where it cannot fall."""


def _no_true_up(agreements: Agreements, bill: Bill) -> _Charged:
    return (MINIMUM, ZERO) if bill.agreed[MINIMUM] else None


def _whole_true_up(agreements: Agreements, bill: Bill) -> _Charged:
    whole = in_force(bill.rated.deal, bill.rated.period, agreements.minor_unit, is_prorated=False)
    return MINIMUM, answers(whole, bill.rated.priced, agreements.minor_unit)[MINIMUM]


def _no_cap(agreements: Agreements, bill: Bill) -> _Charged:
    return (MAXIMUM, ZERO) if bill.agreed[MAXIMUM] else None


def _discounted(
    is_wrong: Callable[[Agreements, Bill], tuple[Discount, ...] | None],
) -> Callable[[Agreements, Bill], _Charged]:
    """What a bill says that takes off other discounts; of a deal with a minimum that would be a second fault."""

    def charged(agreements: Agreements, bill: Bill) -> _Charged:
        discounts = None if bill.rated.deal.commitments else is_wrong(agreements, bill)
        if discounts is None:
            return None
        terms = replace(bill.terms, discounts=discounts)
        return DISCOUNT, answers(terms, bill.rated.priced, agreements.minor_unit)[DISCOUNT]

    return charged


def _as_before_the_end(agreements: Agreements, bill: Bill) -> tuple[Discount, ...] | None:
    return None if bill.terms.discounts else bill.rated.deal.discounts


def _more(agreements: Agreements, bill: Bill) -> tuple[Discount, ...] | None:
    def raised(one: Discount) -> Discount:
        if one.percent_off is not None:
            return replace(one, percent_off=one.percent_off + _MORE_PERCENT)
        return replace(one, amount_off=(one.amount_off or ZERO) * 2)

    return tuple(raised(one) for one in bill.terms.discounts) or None


def _of_another_item(agreements: Agreements, bill: Bill) -> tuple[Discount, ...] | None:
    others = tuple(replace(one, meter_id=agreements.meters[1].meter_id) for one in bill.terms.discounts if one.meter_id)
    return others if len(others) == len(bill.terms.discounts) and others else None


def _twice(agreements: Agreements, bill: Bill) -> tuple[Discount, ...] | None:
    return 2 * bill.terms.discounts or None


_FAULTS: dict[str, Callable[[Agreements, Bill], _Charged]] = {
    "whole_true_ups": _whole_true_up,  # before the next one: few periods are partial
    "missing_true_ups": _no_true_up,
    "ignored_caps": _no_cap,
    "ended_discounts": _discounted(_as_before_the_end),
    "misplaced_discounts": _discounted(_of_another_item),
    "excessive_discounts": _discounted(_more),
    "stacked_discounts": _discounted(_twice),
}
CODES = {fault: "R5" if fault.endswith("discounts") else "R4" for fault in _FAULTS}
