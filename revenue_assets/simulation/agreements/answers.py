"""What a period's commitments and discounts come to, given its other items, and what of a loss they make up for.

Discounts first, then the minimum, then the maximum (docs/definitions.md#commitments-and-discounts).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from revenue_assets.rating.rater import round_to_minor
from revenue_assets.rating.terms import ZERO
from revenue_assets.simulation.agreements.deals import Deal, Discount
from revenue_assets.simulation.collecting import shares
from revenue_assets.simulation.periods import Period

DISCOUNT, MINIMUM, MAXIMUM = "discount", "minimum_true_up", "maximum_discount"
ANSWERING = (DISCOUNT, MINIMUM, MAXIMUM)
Amounts = Mapping[str, Decimal]


@dataclass(frozen=True)
class InForce:
    """What holds in one period: its share of the minimum and of the maximum (None: there is none), and discounts."""

    minimum: Decimal | None
    maximum: Decimal | None
    discounts: tuple[Discount, ...]


def in_force(deal: Deal, period: Period, minor_unit: int, *, is_prorated: bool = True) -> InForce:
    """What the deal says for the period, by the days that it is served."""
    served = period.days_in_service if is_prorated else period.days_in_period

    def share(amount: Decimal) -> Decimal:
        return round_to_minor(amount * served / period.days_in_period, minor_unit)

    minimums = [one.amount for one in deal.commitments if one.kind == "minimum"]
    maximums = [one.amount for one in deal.commitments if one.kind == "maximum"]
    return InForce(
        share(sum(minimums, ZERO)) if minimums else None,
        share(min(maximums)) if maximums else None,
        tuple(one for one in deal.discounts if one.holds(period.start)),
    )


def answers(terms: InForce, items: Amounts, minor_unit: int) -> dict[str, Decimal]:
    """The amounts of the discount, the true-up and the cap that follow from the period's items."""
    total = sum(items.values(), ZERO)
    discount = -round_to_minor(max(min(_off(terms.discounts, items), total), ZERO), minor_unit)
    less = total + discount
    true_up = ZERO if terms.minimum is None else max(terms.minimum - less, ZERO)
    capped = ZERO if terms.maximum is None else -max(less + true_up - terms.maximum, ZERO)
    return {DISCOUNT: discount, MINIMUM: true_up, MAXIMUM: capped}


def _off(discounts: Sequence[Discount], items: Amounts) -> Decimal:
    """Percentages of one item add up, and no item gives more than it has."""
    off = sum((one.amount_off for one in discounts if one.amount_off is not None and one.meter_id is None), ZERO)
    for item, amount in items.items():
        own = [one for one in discounts if one.meter_id in (None, item)]
        percent = min(sum((one.percent_off or ZERO for one in own), ZERO), Decimal(100))
        of_item = sum((one.amount_off or ZERO for one in own if one.meter_id == item), ZERO)
        off += min(amount, amount * percent / 100 + of_item)
    return off


def left_after_answers(items: Amounts, answered: Amounts, minor_unit: int) -> tuple[dict[str, Decimal], bool]:
    """What is left of the differences of a step once the agreement has answered, and whether it did.

    An answer has the other sign and is not more than what it answers; it is shared in proportion, to the minor unit.
    """
    caused = {item: amount for item, amount in sorted(items.items()) if amount}
    whole, answer = sum(caused.values(), ZERO), sum(answered.values(), ZERO)
    if whole * answer >= 0 or abs(answer) > abs(whole):
        return caused | {item: amount for item, amount in answered.items() if amount}, False
    made_up = shares(-answer, list(caused.values()), minor_unit)
    return {item: amount - share for (item, amount), share in zip(caused.items(), made_up, strict=True)}, True
