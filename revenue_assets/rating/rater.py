"""What a quantity costs, in plain Decimal arithmetic written straight from the rules of each charge model.

It is the second opinion on the warehouse's SQL, so it shares no way of thinking with it: loops over tiers and over
events here, pieces of a function there. The rules and their reasons: docs/definitions.md, "Charge models".
Nothing is rounded before the end, and nothing divided: amounts are carried as numerators of one denominator.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext

from revenue_assets.errors import RevenueError
from revenue_assets.rating.terms import ZERO, Case, Terms, Tier

_DIGITS = 120  # quantities and prices have up to 38 digits each, a share up to 20 more
_HUNDRED = Decimal(100)


def amount(case: Case) -> Decimal:
    """The amount of the step, rounded once to the case's minor unit, or not at all."""
    with localcontext(prec=_DIGITS):
        served, whole = _share(case)
        denominator = whole * _HUNDRED
        owed = _owed(case, case.quantity_before + case.quantity, served, whole)
        step = (owed - _billed_before(case, served, whole)) / denominator
    return step if case.minor_unit is None else round_to_minor(step, case.minor_unit)


def round_to_minor(exact: Decimal, minor_unit: int) -> Decimal:
    """Round half away from zero to so many decimals."""
    with localcontext(prec=_DIGITS):
        return exact.quantize(Decimal(1).scaleb(-minor_unit), ROUND_HALF_UP) + 0  # + 0: no negative zero


def _share(case: Case) -> tuple[Decimal, Decimal]:
    if case.served is None or case.whole is None:
        return Decimal(1), Decimal(1)
    return Decimal(case.served), Decimal(case.whole)


def _billed_before(case: Case, served: Decimal, whole: Decimal) -> Decimal:
    if case.billed_before is not None:
        return case.billed_before * whole * _HUNDRED
    return _owed(case, case.quantity_before, served, whole) if case.quantity_before else ZERO


def _owed(case: Case, quantity: Decimal, served: Decimal, whole: Decimal) -> Decimal:
    """The price of a whole quantity after discount and commitments, times `whole` and 100."""
    terms = case.terms
    price = _price(case, quantity) * (served if terms.charge_model == "flat" else whole)
    owed = price * (_HUNDRED - terms.percent_off)
    if terms.minimum_amount is not None:
        owed = max(owed, terms.minimum_amount * served * _HUNDRED)
    if terms.maximum_amount is not None:
        owed = min(owed, terms.maximum_amount * served * _HUNDRED)  # last, so a maximum below the minimum wins
    return owed


def _price(case: Case, quantity: Decimal) -> Decimal:
    """E(quantity): the whole price under the charge model."""
    terms = case.terms
    if terms.charge_model == "flat":
        return terms.unit_amount
    if terms.charge_model == "percentage":
        return _percentage(terms, case.event_amounts)
    if terms.charge_model == "dynamic":
        return sum(case.event_amounts, ZERO) * terms.unit_amount
    rule = _BY_QUANTITY.get(terms.charge_model)
    if rule is None:
        raise RevenueError(f"Case {case.case_id} has charge model {terms.charge_model!r}, which nobody knows.")
    return rule(terms, max(quantity - terms.included_units, ZERO))


def _per_unit(terms: Terms, units: Decimal) -> Decimal:
    return units * terms.unit_amount


def _package(terms: Terms, units: Decimal) -> Decimal:
    if terms.package_size is None or terms.package_amount is None:
        raise RevenueError("A package price needs package_size and package_amount.")
    packages, rest = divmod(units, terms.package_size)
    started = packages + 1 if rest and terms.rounding == "up" else packages
    return started * terms.package_amount


def _graduated(terms: Terms, units: Decimal) -> Decimal:
    """Every tier prices the units that lie in it and adds its flat once it is entered."""
    if units == 0:
        return _at_zero(terms)
    price, above = ZERO, ZERO
    for tier in terms.tiers:
        if units <= above:
            break
        upper = units if tier.up_to is None else min(units, tier.up_to)
        price += (upper - above) * _rate(terms, tier) + tier.flat_amount
        above = upper
    return price


def _volume(terms: Terms, units: Decimal) -> Decimal:
    """The one tier that contains the quantity prices all units."""
    if units == 0:
        return _at_zero(terms)
    tier = next(tier for tier in terms.tiers if tier.up_to is None or units <= tier.up_to)
    return units * tier.unit_amount + tier.flat_amount


def _at_zero(terms: Terms) -> Decimal:
    return terms.tiers[0].flat_amount if terms.zero_usage_flat_fee else ZERO


def _rate(terms: Terms, tier: Tier) -> Decimal:
    return tier.rate_percent / _HUNDRED if terms.charge_model == "graduated_percentage" else tier.unit_amount


def _percentage(terms: Terms, event_amounts: tuple[Decimal, ...]) -> Decimal:
    """Every event that the free allowance does not cover pays the rate on the rest of it, and the fixed amount."""
    price, before = ZERO, ZERO
    for number, event_amount in enumerate(event_amounts, start=1):
        chargeable = _chargeable(terms, number, before, event_amount)
        before += event_amount
        if chargeable is None:
            continue
        fee = chargeable * terms.rate_percent / _HUNDRED + terms.fixed_amount
        if terms.transaction_minimum is not None:
            fee = max(fee, terms.transaction_minimum)
        if terms.transaction_maximum is not None:
            fee = min(fee, terms.transaction_maximum)
        price += fee
    return price


def _chargeable(terms: Terms, number: int, before: Decimal, event_amount: Decimal) -> Decimal | None:
    """What the allowance leaves of the event after events of `before` in sum; None when it covers the whole of it.

    The allowance ends with its events or its amount, whichever is used up first.
    """
    if terms.free_events is None and terms.free_amount is None:
        return event_amount
    if terms.free_events is not None and number > terms.free_events:
        return event_amount
    if terms.free_amount is None:
        return None
    left = terms.free_amount - before
    if left <= 0:
        return event_amount
    return event_amount - left if event_amount > left else None


_BY_QUANTITY: dict[str, Callable[[Terms, Decimal], Decimal]] = {
    "per_unit": _per_unit,
    "package": _package,
    "graduated": _graduated,
    "graduated_percentage": _graduated,
    "volume": _volume,
}
